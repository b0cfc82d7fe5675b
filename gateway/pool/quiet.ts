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

  /** Whether request `id` is news: its figures may come twice, from the started file and by the lane. */
  isNews(id: number): boolean {
    if (wasStarted(id, this.#lastId)) return false
    this.#lastId = id
    return true
  }

  /** Its figures are known: the worker may still tell the end of its close(). */
  isKnown(id: number): boolean {
    return wasStarted(id, this.#lastId)
  }

  find(id: number): Job | undefined {
    return this.#waiting.find((job) => job.id === id)
  }

  /** The request, if it is the next of these. */
  take(id: number): Job | undefined {
    return this.#waiting[0]?.id === id ? this.#waiting.shift() : undefined
  }

  /** Its worker is gone: nobody will ever tell. */
  takeAll(): Job[] {
    return this.#waiting.splice(0)
  }
}
