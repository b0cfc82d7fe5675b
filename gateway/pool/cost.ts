// What requests cost: an estimate per costKey, in microseconds, from what they cost lately. Pure; knows no lanes.

/** Keys share slots beyond this many; a shared slot is a worse guess, never a wrong answer. */
export const costSlots = 8192

/** Samples are cut here: one stall must not brand a path for hundreds of requests. */
export const sampleLimitMicros = 8_000

/** A request that is expected to cost this much gets a lane of its own, with nothing behind it. */
export const slowMicros = 1_000

/** What a request is taken for before anything was learned. */
export const unknownMicros = 400

const floorMicros = 8

export class Costs {
  readonly #known = new Float32Array(costSlots)
  #typical = unknownMicros

  /** The expected cost of a request with this key; for an unseen one, that of the usual request. */
  expect(key: number): number {
    const known = this.#known[key & (costSlots - 1)] as number
    return known === 0 ? this.#typical : known
  }

  learn(key: number, micros: number): void {
    const sample = Math.max(floorMicros, Math.min(sampleLimitMicros, micros))
    const at = key & (costSlots - 1)
    const known = this.#known[at] as number
    this.#known[at] = known === 0 ? sample : known + (sample - known) * 0.125
    this.#typical += (sample - this.#typical) * 0.03
  }

  /** A request with this key has been seen to run long: it counts as slow at once. */
  brand(key: number): void {
    const at = key & (costSlots - 1)
    if ((this.#known[at] as number) < slowMicros) this.#known[at] = slowMicros * 2
  }
}
