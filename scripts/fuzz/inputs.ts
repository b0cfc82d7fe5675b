// Bytes to throw: fixtures and requests of our own, changed in a few places, and cut anywhere.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { hex } from '../../test/helpers/readers.ts'
import { record, speak } from '../../test/helpers/speak.ts'
import { pick, random } from './random.ts'

export type Binary = 'fastcgi' | 'uwsgi'

const folder = join(import.meta.dirname, '../../test/fixtures/wire')
const fixtures = (name: string): Buffer[] =>
  readdirSync(join(folder, name)).map((file) => hex(readFileSync(join(folder, name, file), 'utf8')))

const token = (n: number): string => `/token-${n.toString(36)}`
const headers: [string, string][] = [
  ['Cookie', 'a=1'],
  ['Cookie', 'b=2'],
  ['X-Long', 'v'.repeat(200)],
]
const own = (protocol: Binary): Buffer[] => [
  speak(protocol, { target: token(1), keep: true }),
  speak(protocol, { target: token(2), headers, keep: true }),
  speak(protocol, { target: token(3), method: 'POST', body: Buffer.alloc(300, 'b'), keep: true }),
  speak(protocol, { target: token(4), method: 'POST', body: Buffer.alloc(70_000, 'b'), keep: true }),
  speak(protocol, { target: token(5), method: 'POST', length: '5', body: Buffer.from('123'), keep: true }),
]
const management = [
  record(9, Buffer.from('\x0f\x00FCGI_MPXS_CONNS', 'latin1'), 0),
  record(2, Buffer.alloc(0)),
  record(1, Buffer.from([0, 1, 1, 0, 0, 0, 0, 0]), 2),
  record(8, Buffer.from('data')),
]
const corpus: Record<Binary, Buffer[]> = {
  fastcgi: [...fixtures('fastcgi'), ...own('fastcgi'), ...management],
  uwsgi: [...fixtures('uwsgi'), ...own('uwsgi'), hex('64 00 00 00'), hex('1e 00 00 00')],
}
const interesting = [0, 1, 2, 3, 4, 5, 8, 9, 11, 0x1e, 0x2f, 0x25, 0x7f, 0x80, 0xfe, 0xff]

export function mutate(protocol: Binary): Buffer {
  let bytes = Buffer.from(pick(corpus[protocol]))
  if (random(4) === 0) bytes = Buffer.concat([bytes, pick(corpus[protocol])])
  for (let changes = random(6); changes > 0 && bytes.length > 0; changes--) {
    const at = random(Math.min(bytes.length, 900))
    switch (random(7)) {
      case 0:
        bytes[at] = random(256)
        break
      case 1:
        bytes[at] = pick(interesting)
        break
      case 2:
        bytes[at] = (bytes[at] as number) ^ (1 << random(8))
        break
      case 3:
        bytes = bytes.subarray(0, at)
        break
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(20))])
        break
      case 5: {
        const piece = bytes.subarray(at, at + random(60))
        const to = random(Math.min(bytes.length, 900))
        bytes = Buffer.concat([bytes.subarray(0, to), piece, bytes.subarray(to)])
        break
      }
      default:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          pick(corpus[protocol]).subarray(0, 200),
          bytes.subarray(at),
        ])
    }
  }
  return bytes
}

export function* cuts(bytes: Buffer): Generator<Buffer> {
  const most = pick([1, 3, 16, 200, 5000])
  // Byte by byte through a large body would be most of the time and say little.
  const least = bytes.length > 2000 ? 200 : 1
  for (let at = 0; at < bytes.length; ) {
    const size = Math.max(least, 1 + random(most))
    yield bytes.subarray(at, at + size)
    at += size
  }
}
