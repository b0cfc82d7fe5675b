// nginx.conf with paths relative to nginx's prefix, for `nginx -p . -c out/nginx.conf` started in `base`: workers that
// may not enter a folder above `base` still reach everything below it, because their working directory is `base`.

/** Rewrites every path argument below `base` (absolute, no slash at its end); locations and comments stay as they are. */
export function relativePaths(conf: string, base: string): string {
  const escaped = base.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  const argument = new RegExp(`(^|[ "]|unix:)${escaped}/`, 'g')
  return conf
    .split('\n')
    .map((line) => (/^\s*(?:#|location\b)/.test(line) ? line : line.replace(argument, '$1')))
    .join('\n')
}
