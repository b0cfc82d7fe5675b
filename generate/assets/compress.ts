// One file's bytes → its compressed forms, and what is worth compressing. Knows zlib and the zstd command, not folders.
import { accessSync, constants } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { lookup } from 'mime-types'
import type { AssetEncoding } from './types.ts'
import { ZstdCommand } from './zstd-command.ts'

/** Below this a compressed form saves nothing once headers are counted. */
export const smallestBytes = 256
/** Above this a file is served as it is: one build would take minutes and hold it in memory. */
export const largestBytes = 64 * 1024 * 1024
/** Level 10 takes half a second per MiB, 11 three times that for the last 2 % (docs/decisions/0195); larger files get 9. */
const slowLimitBytes = 2 * 1024 * 1024

/** In the server's order of preference; the letters are those of the map entries that njs reads. */
export const forms: { encoding: AssetEncoding; letter: string; suffix: string; mtimeShift: number }[] = [
  { encoding: 'br', letter: 'b', suffix: '.br', mtimeShift: 1 },
  { encoding: 'zstd', letter: 'z', suffix: '.zst', mtimeShift: 2 },
  { encoding: 'gzip', letter: 'g', suffix: '.gz', mtimeShift: 3 },
]

const compressibleTypes =
  /^(text\/|font\/(ttf|otf)$|image\/(svg\+xml|bmp|x-icon|vnd\.microsoft\.icon)$|application\/(javascript|json|xml|wasm|manifest\+json|ld\+json|rss\+xml|atom\+xml|vnd\.ms-fontobject|rtf|geo\+json|x-javascript)$)|\+(json|xml)$/

export const typeOf = (path: string): string => lookup(path) || 'application/octet-stream'

export const isCompressible = (path: string, size: number): boolean =>
  size >= smallestBytes &&
  size <= largestBytes &&
  (compressibleTypes.test(typeOf(path)) || path.endsWith('.map'))

type Zstd = (data: Buffer, options: unknown, done: (error: Error | null, result: Buffer) => void) => void
// Node 22.15 brought zstd; @types/node of Node 20 does not know it.
const maybe = createRequire(import.meta.url)('node:zlib') as {
  zstdCompress?: Zstd
  constants: Record<string, number>
}

/** Higher levels take several times as long for the last hundredth; whoever takes zstd takes br, which comes first. */
const zstdLevel = 12

let command: ZstdCommand | null | undefined
/** Before Node.js 22.15: the `zstd` command, when this machine has it (docs/decisions/0165-zstd.md). */
function zstdCommand(): ZstdCommand | null {
  if (command === undefined) {
    const places = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder.startsWith('/'))
    const path = places.map((folder) => join(folder, 'zstd')).find(isProgram)
    command = path === undefined ? null : new ZstdCommand(path, zstdLevel)
  }
  return command
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export const canZstd = (): boolean => typeof maybe.zstdCompress === 'function' || zstdCommand() !== null

const brotli = promisify(zlib.brotliCompress)
const gzip = promisify(zlib.gzip)

export async function compress(bytes: Buffer, encoding: AssetEncoding): Promise<Buffer> {
  if (encoding === 'gzip') return gzip(bytes, { level: 9 })
  if (encoding === 'br') {
    return brotli(bytes, {
      params: {
        [zlib.constants.BROTLI_PARAM_QUALITY]: bytes.length > slowLimitBytes ? 9 : 10,
        [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    })
  }
  return maybe.zstdCompress
    ? zstdHere(bytes, maybe.zstdCompress)
    : (zstdCommand() as ZstdCommand).compress(bytes)
}

function zstdHere(bytes: Buffer, zstd: Zstd): Promise<Buffer> {
  const level = maybe.constants.ZSTD_c_compressionLevel as number
  return promisify(zstd)(bytes, { params: { [level]: zstdLevel } })
}
