// Requests whose answer the peer has, while the worker keeps their figures (status, sizes, cost) for later: it was told that
// nobody waits for them. The figures come with its next word, or are read from its started file. Knows jobs, no frames.

import { wasStarted } from './frames.ts'
import type { Job } from './job.ts'

export class Quiet {
  #waiting: Job[] = []
  #lastId = 0

  add(job: Job): void {
    this.#waiting.push(job)
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  /** The figures of request `id` are here. */
  settled(id: number): void {
    if (!wasStarted(id, this.#lastId)) this.#lastId = id
  }

  /** Its figures were here: they may come twice, from the started file and by the lane, and the end of a close() later. */
  isKnown(id: number): boolean {
    return wasStarted(id, this.#lastId)
  }

  find(id: number): Job | undefined {
    return this.#waiting.find((job) => job.id === id)
  }

  /** The request, if it is one of these. Not always the first: later figures may be read while earlier ones are on their way. */
  take(id: number): Job | undefined {
    const at = this.#waiting.findIndex((job) => job.id === id)
    return at === -1 ? undefined : this.#waiting.splice(at, 1)[0]
  }

  /** Its worker is gone: nobody will ever tell. */
  takeAll(): Job[] {
    return this.#waiting.splice(0)
  }
}
