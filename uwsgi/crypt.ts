// A password as nginx's auth_basic takes it: sha512-crypt, "$6$" of crypt(3). Knows nothing of files and names.
// After https://www.akkadia.org/drepper/SHA-crypt.txt; `openssl passwd -6` makes the same.

import { createHash } from 'node:crypto'

const letters = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const rounds = 5000

const sha512 = (...parts: Uint8Array[]): Buffer => {
  const hash = createHash('sha512')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** `bytes` over and over, `length` of them. */
const stretched = (bytes: Buffer, length: number): Buffer => Buffer.alloc(length, bytes)

/** `salt`: at most 16 of the letters. */
export function crypt(password: string, salt: string): string {
  const key = Buffer.from(password)
  const salted = Buffer.from(salt)
  const other = sha512(key, salted, key)
  const parts: Uint8Array[] = [key, salted, stretched(other, key.length)]
  for (let bits = key.length; bits > 0; bits >>= 1) parts.push(bits & 1 ? other : key)
  let digest = sha512(...parts)
  const p = stretched(sha512(...Array<Buffer>(key.length).fill(key)), key.length)
  const s = stretched(sha512(...Array<Buffer>(16 + (digest[0] as number)).fill(salted)), salted.length)
  for (let round = 0; round < rounds; round++) {
    const odd = round % 2 === 1
    const between = [...(round % 3 === 0 ? [] : [s]), ...(round % 7 === 0 ? [] : [p])]
    digest = sha512(odd ? p : digest, ...between, odd ? digest : p)
  }
  return `$6$${salt}$${inLetters(digest)}`
}

/** crypt's own base64: bytes from three thirds, by turns, six bits at a time from the lowest. */
function inLetters(digest: Buffer): string {
  const at = (index: number): number => digest[index] as number
  let text = ''
  let [a, b, c] = [0, 21, 42]
  for (let triple = 0; triple < 21; triple++) {
    text += spelled((at(a) << 16) | (at(b) << 8) | at(c), 4)
    ;[a, b, c] = [b + 1, c + 1, a + 1]
  }
  return text + spelled(at(63), 2)
}

const spelled = (bits: number, count: number): string =>
  Array.from({ length: count }, (_, index) => letters[(bits >> (6 * index)) & 63]).join('')

/** 16 letters; `random` gives bytes. */
export const saltOf = (random: Uint8Array): string =>
  [...random.subarray(0, 16)].map((byte) => letters[byte & 63]).join('')
