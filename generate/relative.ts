// nginx.conf with paths relative to nginx's prefix, for `nginx -p . -c out/nginx.conf` started in `base`: workers that
// may not enter a folder above `base` still reach everything below it, because their working directory is `base`.

/** Relative to nginx.conf's own folder, not to the prefix; all but the last are read by root before it steps down. */
const fromConfFolder = /^\s*(?:include|js_\w+|ssl_\w+|\w+_ssl_\w+|auth_basic_user_file)\b/

/** Rewrites every path argument below `base` (absolute, no slash at its end); locations and comments stay as they are. */
export function relativePaths(conf: string, base: string): string {
  const escaped = base.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  const argument = new RegExp(`(^|[ "]|unix:)${escaped}/`, 'g')
  return conf
    .split('\n')
    .map((line) => {
      if (/^\s*(?:#|location\b)/.test(line)) return line
      if (/^\s*auth_basic_user_file\b/.test(line)) return line.replace(argument, '$1../')
      return fromConfFolder.test(line) ? line : line.replace(argument, '$1')
    })
    .join('\n')
}
