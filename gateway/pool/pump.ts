// When the dispatcher looks at its queue: once per turn of the event loop, or up to two turns later if more requests are
// just coming in. Knows no requests: it counts what waits and what runs.

/**
 * Turns of the loop that a batch may wait for company. nginx writes requests one after the other while the gateway reads
 * them; sent at once, each wakes the worker for itself (measured: docs/decisions/0141).
 */
export const companyTurns = 2

/** Requests that wait or run on the warm lane, from which on there is company to wait for. A lone request never waits. */
export const companyFrom = 4

/** A batch that is large enough goes at once. */
export const batchLimit = 24

export class Pump {
  readonly #run: () => void
  readonly #waiting: () => number
  readonly #running: () => number
  #due = false
  #seen = 0
  #turns = 0

  constructor(run: () => void, waiting: () => number, running: () => number) {
    this.#run = run
    this.#waiting = waiting
    this.#running = running
  }

  schedule(): void {
    if (this.#due) return
    this.#due = true
    setImmediate(this.#turn)
  }

  readonly #turn = (): void => {
    const waiting = this.#waiting()
    if (this.#turns < companyTurns && waitsForCompany(waiting, this.#seen, this.#running())) {
      this.#seen = waiting
      this.#turns += 1
      setImmediate(this.#turn)
      return
    }
    this.#due = false
    this.#seen = this.#turns = 0
    this.#run()
  }
}

/** Whether to wait one more turn: requests came in since the last look, and others are about. Pure. */
export const waitsForCompany = (waiting: number, seen: number, running: number): boolean =>
  waiting > seen && waiting < batchLimit && waiting + running >= companyFrom
