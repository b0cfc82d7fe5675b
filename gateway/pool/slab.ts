// The one buffer that requests are put together in on their way to a lane. A lane that could not send at once keeps it.

const slabSize = 128 * 1024
let slab = Buffer.allocUnsafeSlow(slabSize)

/** At least `size` bytes, to be written at once. */
export const takeSlab = (size: number): Buffer => (size > slabSize ? Buffer.allocUnsafeSlow(size) : slab)

/** What `takeSlab` gave is still to be sent: nobody may write to it again. */
export function keepSlab(): void {
  slab = Buffer.allocUnsafeSlow(slabSize)
}
