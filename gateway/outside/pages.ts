// The pages of the admin listener: health, metrics, status.

import type { AdminPages } from './admin.ts'
import { metricsText } from './metrics.ts'
import { readStatus, type Seen } from './status.ts'

export function openPages(
  seen: Seen,
  health: (path: string) => { status: number; text: string },
): AdminPages {
  const healthPage = (path: string) => () => ({ type: 'text/plain', ...health(path) })
  return {
    '/-/live': healthPage('/-/live'),
    '/-/ready': healthPage('/-/ready'),
    '/-/status': () => ({
      status: 200,
      type: 'application/json',
      text: `${JSON.stringify(readStatus(seen), null, 2)}\n`,
    }),
    '/metrics': async () => ({
      status: 200,
      type: 'text/plain; version=0.0.4; charset=utf-8',
      text: await metricsText(readStatus(seen), seen.dispatcher.tally),
    }),
  }
}
