// What a worker keeps in its started file of answers that are finished, read back. Pure: bytes in, answers out.

import { PosternError } from '../../errors.ts'
import { FrameReader } from './frames.ts'

/** An answer that was to go by the lane. */
export type KeptResponse = { id: number; head: Buffer; body: Buffer | undefined; cost: number }

/** An answer that stands on the peer's connection. */
export type KeptDone = {
  id: number
  status: number
  headBytes: number
  bodyBytes: number
  cost: number
}

/** In the order in which they were finished. What is cut short (the worker died, or is writing just now) is left out. */
export function readKept(kept: Buffer): (KeptResponse | KeptDone)[] {
  const found: (KeptResponse | KeptDone)[] = []
  const nothing = (): void => {}
  try {
    new FrameReader().push(kept, {
      response: (id, head, body, end, cost) => {
        if (end) found.push({ id, head, body, cost })
      },
      done: (id, status, headBytes, bodyBytes, cost) => {
        found.push({ id, status, headBytes, bodyBytes, cost })
      },
      rest: nothing,
      more: nothing,
      abort: nothing,
      gaveBack: nothing,
      inform: nothing,
      logvars: nothing,
      closed: nothing,
    })
  } catch (error) {
    if (!(error instanceof PosternError)) throw error
  }
  return found
}
