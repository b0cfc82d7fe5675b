// The number by which the dispatcher remembers what requests cost: a hash of the method's first letter and the path.
// environ.ts makes it on the way through a target's bytes; here is the same for a path that is known as text.

import { COST_KEYS } from './limits.ts'

/** `path` as sent, without its query. */
export function costKeyOf(method: string, path: string): number {
  let hash = method.charCodeAt(0)
  for (let i = 0; i < path.length; i++) hash = mixPath(hash, path.charCodeAt(i))
  return finishCostKey(hash)
}

export const mixPath = (hash: number, byte: number): number => (Math.imul(hash, 33) ^ byte) | 0

export const finishCostKey = (hash: number): number =>
  (hash ^ (hash >>> 12) ^ (hash >>> 24)) & (COST_KEYS - 1)
