// JSON lines: what the template channel, the helms and the control socket speak. Knows bytes only.

import { PosternError } from '../../errors.ts'

/** Longest line; a traceback or the stacks of many threads fit. */
export const lineLimit = 4 << 20

/** Splits bytes into lines and parses each as a JSON object. Throws LINE_BROKEN at anything else. */
export class LineReader {
  #parts: Buffer[] = []
  #size = 0
  readonly limit: number

  constructor(limit = lineLimit) {
    this.limit = limit
  }

  push(chunk: Buffer): Record<string, unknown>[] {
    const heard: Record<string, unknown>[] = []
    let at = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, at)) {
      this.#parts.push(chunk.subarray(at, end))
      this.#grow(end - at)
      const line = Buffer.concat(this.#parts).toString('utf8')
      this.#parts = []
      this.#size = 0
      at = end + 1
      if (line.trim() !== '') heard.push(parseLine(line))
    }
    if (at < chunk.length) {
      this.#parts.push(chunk.subarray(at))
      this.#grow(chunk.length - at)
    }
    return heard
  }

  #grow(by: number): void {
    this.#size += by
    if (this.#size > this.limit)
      throw new PosternError('LINE_BROKEN', { reason: `longer than ${this.limit} bytes` })
  }
}

function parseLine(line: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    throw new PosternError('LINE_BROKEN', { reason: `not JSON: ${line.slice(0, 80)}` }, { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new PosternError('LINE_BROKEN', { reason: `not an object: ${line.slice(0, 80)}` })
  }
  return value as Record<string, unknown>
}

export const writeLine = (message: unknown): string => `${JSON.stringify(message)}\n`
