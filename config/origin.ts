// Where an error of a bundled site file comes from, in the files its author wrote. Knows stacks and source maps.

import { existsSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Place } from '../errors.ts'

/** The first line of the stack, which is of the bundle unless Node.js has mapped it already. */
export function originOf(path: string, code: string, stack: string): Place | undefined {
  const [, mapped, mappedLine, mappedColumn] =
    /^ +at .*?\(?((?:file:\/\/)?\/[^():]+\.[cm]?[jt]s):(\d+):(\d+)/m.exec(stack) ?? []
  const [, line, column] =
    /(?:data:text\/javascript;base64,\S+?|\.postern\.config\.\w+\.mjs):(\d+):(\d+)/.exec(stack) ?? []
  if (line === undefined) {
    if (mapped === undefined) return undefined
    const file = mapped.startsWith('file:') ? fileURLToPath(mapped) : mapped
    return { file, line: Number(mappedLine), column: Number(mappedColumn) }
  }
  const [, map] = /^\/\/# sourceMappingURL=data:application\/json;base64,(\S+)$/m.exec(code) ?? []
  if (map === undefined) return undefined
  const entry = new SourceMap(JSON.parse(Buffer.from(map, 'base64').toString())).findEntry(
    Number(line) - 1,
    Number(column) - 1,
  )
  if (!('originalSource' in entry)) return undefined
  const source = resolve(dirname(path), entry.originalSource)
  return {
    file: existsSync(source) ? source : path,
    line: entry.originalLine + 1,
    column: entry.originalColumn + 1,
  }
}
