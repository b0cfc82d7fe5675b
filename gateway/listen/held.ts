// How much of its answers a gateway holds for clients that take them slowly, so that a worker is free for others when it has
// said everything. Counts only; the bytes are node:http's.

/** Of one answer: a page of any sane size. */
export const HELD_ANSWER_LIMIT = 1024 * 1024
/** Of all together. */
export const HELD_ANSWERS_LIMIT = 64 * 1024 * 1024

export type AnswerSpace = { used: number; readonly limit: number }

export class Held {
  private size = 0
  private readonly space: AnswerSpace

  constructor(space: AnswerSpace) {
    this.space = space
  }

  /** False: too much; the worker has to wait until it is taken. */
  take(size: number): boolean {
    const { space } = this
    if (this.size + size > HELD_ANSWER_LIMIT || space.used + size > space.limit) return false
    this.size += size
    space.used += size
    return true
  }

  /** All of it has been taken, or is wanted no more. */
  free(): void {
    this.space.used -= this.size
    this.size = 0
  }
}
