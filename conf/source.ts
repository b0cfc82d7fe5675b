// Text and places in it: bytes to text, offsets to lines, a piece of the text drawn for a reader. Knows no grammar.
import type { Position, Span } from './node.ts'

/** Bytes as text. What is not UTF-8 is read as latin-1, so that no byte is lost; a BOM is kept. */
export function decodeSource(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    let text = ''
    for (let at = 0; at < bytes.length; at += 8192) {
      text += String.fromCharCode(...bytes.subarray(at, at + 8192))
    }
    return text
  }
}

/** Offsets of a text as lines and columns. Asking in rising order is cheap. */
export class LineIndex {
  readonly starts: number[] = [0]
  readonly length: number
  #line = 0

  constructor(text: string) {
    this.length = text.length
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.starts.push(at + 1)
  }

  at(offset: number): Position {
    const { starts } = this
    if ((starts[this.#line] as number) > offset) this.#line = this.#find(offset)
    while (this.#line + 1 < starts.length && (starts[this.#line + 1] as number) <= offset) this.#line++
    return { offset, line: this.#line + 1, column: offset - (starts[this.#line] as number) + 1 }
  }

  #find(offset: number): number {
    let low = 0
    let high = this.starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.starts[middle] as number) <= offset) low = middle
      else high = middle - 1
    }
    return low
  }
}

export const FRAME_WIDTH = 110
export const FRAME_LINES_AROUND = 2

/** The lines around `span` with a pointer under it. Long lines are cut around the place; control characters are shown as `?`. */
export function codeFrame(text: string, span: Span, label = '', around = FRAME_LINES_AROUND): string {
  const lines = text.split('\n')
  const { line, column } = span.start
  const first = Math.max(1, line - around)
  const last = Math.min(lines.length, line + around)
  const gutter = String(last).length
  const cut = column > FRAME_WIDTH - 20 ? column - 40 : 0
  const drawn: string[] = []
  for (let number = first; number <= last; number++) {
    const shown = showLine(lines[number - 1] as string, cut)
    drawn.push(
      `${number === line ? '>' : ' '} ${String(number).padStart(gutter)} | ${shown}`.replace(/ +$/, ''),
    )
    if (number !== line) continue
    const end = span.end.line === line ? span.end.column : (lines[line - 1] as string).length + 1
    const from = column - 1 - cut
    const carets = Math.max(1, Math.min(end - column, FRAME_WIDTH - from))
    const pad = showLine((lines[line - 1] as string).slice(cut, column - 1), 0).length
    drawn.push(
      `  ${' '.repeat(gutter)} | ${' '.repeat(pad)}${'^'.repeat(carets)}${label === '' ? '' : ` ${label}`}`,
    )
  }
  return drawn.join('\n')
}

function showLine(line: string, cut: number): string {
  const shown = line
    .slice(cut, cut + FRAME_WIDTH)
    .replace(/\r$/, '')
    .replace(/\t/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')
  return line.length > cut + FRAME_WIDTH ? `${shown}…` : shown
}
