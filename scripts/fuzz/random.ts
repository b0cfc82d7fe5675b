// Random numbers that are the same everywhere, from a seed.

/** Mulberry32: small, and the same numbers everywhere. */
let state = 1

export function seedWith(seed: number): void {
  state = seed >>> 0
}

export function random(limit: number): number {
  state = (state + 0x6d2b79f5) >>> 0
  let t = Math.imul(state ^ (state >>> 15), state | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return ((t ^ (t >>> 14)) >>> 0) % limit
}

export const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T
