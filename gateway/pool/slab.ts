// Memory for what goes out to lanes: large slabs cut into slices, so that a write of a few kilobytes costs no allocation.

const slabSize = 128 * 1024
let slab = Buffer.allocUnsafeSlow(slabSize)
let used = 0

/** `size` bytes that nobody else has. A slice keeps its slab alive; slabs are never reused, so no write can be overtaken. */
export function takeSlab(size: number): Buffer {
  if (size > slabSize >> 2) return Buffer.allocUnsafeSlow(size)
  if (used + size > slabSize) {
    slab = Buffer.allocUnsafeSlow(slabSize)
    used = 0
  }
  const out = slab.subarray(used, used + size)
  used += size
  return out
}
