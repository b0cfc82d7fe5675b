// njs 0.7 has no console inside nginx. Put in by the compiler where something (a library, mostly) asks for one.
declare const ngx: { log(level: number, message: string): void; INFO: number; WARN: number; ERR: number }

function write(level: number, parts: unknown[]): void {
  ngx.log(level, parts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join(' '))
}

const toInfo = (...parts: unknown[]): void => write(ngx.INFO, parts)

export const console = {
  log: toInfo,
  info: toInfo,
  debug: toInfo,
  warn: (...parts: unknown[]): void => write(ngx.WARN, parts),
  error: (...parts: unknown[]): void => write(ngx.ERR, parts),
}
