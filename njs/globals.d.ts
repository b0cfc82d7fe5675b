// The names outside ECMAScript that njs 0.7.9, 0.8 and 1.0 all have, as far as postern's own scripts use them.
// Only the njs tsconfig reads this file; under Node the same names come from @types/node.

interface NjsBytes extends Uint8Array {
  toString(encoding?: 'utf8' | 'hex' | 'base64' | 'base64url'): string
}
declare const Buffer: {
  from(text: string, encoding?: 'utf8' | 'hex' | 'base64' | 'base64url'): NjsBytes
  from(bytes: Uint8Array | ArrayBuffer): NjsBytes
  byteLength(text: string): number
}
declare const crypto: { getRandomValues<T extends Uint8Array>(into: T): T }

interface NjsDigest {
  update(data: string | Uint8Array): NjsDigest
  digest(encoding: 'hex' | 'base64' | 'base64url'): string
}

declare module 'node:crypto' {
  export function createHash(algorithm: 'sha256' | 'sha1' | 'md5'): NjsDigest
  export function createHmac(algorithm: 'sha256' | 'sha1' | 'md5', key: string | Uint8Array): NjsDigest
  const crypto: { createHash: typeof createHash; createHmac: typeof createHmac }
  export default crypto
}

declare module 'crypto' {
  export * from 'node:crypto'
  export { default } from 'node:crypto'
}

declare module 'querystring' {
  export function parse(text: string): { [name: string]: string | string[] }
  export function stringify(values: { [name: string]: string | string[] }): string
}

declare const console: {
  log(...parts: unknown[]): void
  info(...parts: unknown[]): void
  warn(...parts: unknown[]): void
  error(...parts: unknown[]): void
}

interface NjsFetched {
  readonly status: number
  readonly ok: boolean
  readonly headers: { get(name: string): string | null }
  text(): Promise<string>
  json(): Promise<unknown>
}
declare const ngx: {
  readonly INFO: number
  readonly WARN: number
  readonly ERR: number
  log(level: number, message: string): void
  /** Only in `respond`. Whole URLs; a host name needs `resolver` in nginx.conf, an address does not. */
  fetch(
    url: string,
    options?: { method?: string; headers?: { [name: string]: string }; body?: string; verify?: boolean },
  ): Promise<NjsFetched>
}
