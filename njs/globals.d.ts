// The names outside ECMAScript that njs 0.7.9, 0.8 and 1.0 all have, as far as postern's own scripts use them.
// Only the njs tsconfig reads this file; under Node the same names come from @types/node.

interface NjsBytes extends Uint8Array {
  toString(encoding?: 'utf8' | 'hex' | 'base64' | 'base64url'): string
}
declare const Buffer: {
  from(text: string, encoding?: 'utf8' | 'hex' | 'base64' | 'base64url'): NjsBytes
  from(bytes: Uint8Array | ArrayBuffer): NjsBytes
}
declare const crypto: { getRandomValues<T extends Uint8Array>(into: T): T }

declare module 'node:crypto' {
  interface Digest {
    update(data: string | Uint8Array): Digest
    digest(encoding: 'hex' | 'base64' | 'base64url'): string
  }
  const crypto: {
    createHash(algorithm: 'sha256' | 'sha1' | 'md5'): Digest
    createHmac(algorithm: 'sha256' | 'sha1' | 'md5', key: string | Uint8Array): Digest
  }
  export default crypto
}
