// Counters that the dispatcher keeps while requests pass. Plain numbers: reading them (status, stats, metrics) costs nothing here.

/** Buckets by powers of two of microseconds: bucket n counts what took under 2^n µs; 2^26 µs is 67 s. */
export const timeBuckets = 27

export class Histogram {
  readonly counts = new Float64Array(timeBuckets + 1)
  sumMicros = 0

  add(micros: number): void {
    const at = micros < 1 ? 0 : 32 - Math.clz32(micros)
    const bucket = Math.min(timeBuckets, at)
    this.counts[bucket] = (this.counts[bucket] as number) + 1
    this.sumMicros += micros
  }
}

export class Tally {
  accepted = 0
  finished = 0
  /** Clients that left before their answer was complete. */
  clientsGone = 0
  /** By class: index 2 is 2xx … 5 is 5xx. */
  statuses = new Float64Array(6)
  refused = { queueFull: 0, queueTimeout: 0, workerDied: 0, harakiri: 0, stopping: 0 }
  requeued = 0
  giveBacksAsked = 0
  /** Answers that workers wrote to the peer's connection themselves. */
  directAnswers = 0
  bytesOut = 0
  bytesIn = 0
  queueWait = new Histogram()
  appTime = new Histogram()
}
