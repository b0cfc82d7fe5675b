// Whether a name fits a bucket of nginx's hashes (ngx_hash_init): one that does not stops nginx, whatever else is in it.
import type { Level } from '../level.ts'
import { readNumber } from '../values.ts'

/** nginx rounds bucket sizes up to the processor's cache line. */
const CACHE_LINE = 64
const POINTER = 8

const align = (size: number, to: number): number => Math.ceil(size / to) * to
const bytes = (text: string): number => new TextEncoder().encode(text).length

/** The message when `name` is too long for the bucket size in force at `level`; `hash` is `map` or `server_names`. */
export function tooLongForHash(level: Level, hash: 'map' | 'server_names', name: string): string | undefined {
  if (name.length < 16) return undefined
  const set = level.inherited(`${hash}_hash_bucket_size`)
  const size = align(readNumber(set?.args[0]?.value ?? '') ?? CACHE_LINE, CACHE_LINE)
  if (POINTER + align(bytes(name) + 2, POINTER) + POINTER <= size) return undefined
  return `could not build ${hash}_hash, you should increase ${hash}_hash_bucket_size: ${size}`
}
