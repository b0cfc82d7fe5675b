// FastCGI's name-value pairs -> the environ. Knows no records, nor what a variable means.

import { PosternError } from '../../errors.ts'
import type { EnvironWriter } from './environ.ts'

/** Name-value pairs `source[from, to)` into the environ. Lengths below 128 take one byte, others four. */
export function readPairs(writer: EnvironWriter, source: Buffer, from: number, to: number): void {
  for (let at = from; at < to; ) {
    const pair = at
    let nameLength = source[at++] as number
    if (nameLength > 127) {
      nameLength = at + 3 <= to ? longLength(source, at, nameLength) : to
      at += 3
    }
    let valueLength = at < to ? (source[at++] as number) : to
    if (valueLength > 127) {
      valueLength = at + 3 <= to ? longLength(source, at, valueLength) : to
      at += 3
    }
    const valueFrom = at + nameLength
    const next = valueFrom + valueLength
    if (next > to) throw new PosternError('FASTCGI_PARAMS_OVERRUN', { at: pair - from, size: to - from })
    writer.add(at, valueFrom, valueFrom, next)
    at = next
  }
}

const longLength = (source: Buffer, at: number, first: number): number =>
  ((first & 0x7f) << 24) |
  ((source[at] as number) << 16) |
  ((source[at + 1] as number) << 8) |
  (source[at + 2] as number)
