// How many workers there are, how long each lives and works, and what ends it.

import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { autoGateways } from '../fleet/share.ts'
import { count, seconds } from './units.ts'

export const workers = {
  gateways: z
    .union([count(64).min(1), z.string().regex(/^(auto|[1-9]\d?)$/, 'a number or auto')])
    .transform((value) => (value === 'auto' ? autoGateways(availableParallelism()) : Number(value)))
    .pipe(count(64).min(1))
    .default(1)
    .describe(
      'Gateway processes, each with its own Unix socket (`x.sock`, `x.2.sock`, …) and its part of the workers. `auto`: one for every four processors.',
    ),
  processes: count(1024).min(1).default(1).describe('Worker processes.'),
  threads: count(1024).min(1).default(1).describe('Threads per worker; each is one lane.'),
  preload: z
    .enum(['auto', 'on', 'off'])
    .default('auto')
    .describe(
      'Import the application once and fork (on), per worker (off), or decide by what the import opened (auto).',
    ),
  harakiri: seconds.default(0).describe('Seconds a request may run; 0 is no limit.'),
  'close-timeout': seconds
    .optional()
    .describe(
      'Seconds that close() of an answered request may take; default `harakiri`, else 60; 0 is no limit.',
    ),
  'max-requests': count(2 ** 31)
    .default(0)
    .describe('Requests after which a worker is replaced; 0 is never.'),
  'max-requests-delta': count(2 ** 31)
    .optional()
    .describe('Jitter: each worker’s own limit is up to this much higher; default a tenth of max-requests.'),
  'max-worker-lifetime-delta': seconds
    .optional()
    .describe('Jitter of max-worker-lifetime; default a tenth of it.'),
  'min-worker-lifetime': seconds
    .default(10)
    .describe('Seconds a worker serves at least before a limit replaces it.'),
  'max-worker-lifetime': seconds.default(0).describe('Seconds after which a worker is replaced; 0 is never.'),
  'reload-on-rss': count(2 ** 20)
    .default(0)
    .describe('MiB of resident memory after which a worker is replaced; 0 is never.'),
  'evil-reload-on-rss': count(2 ** 20)
    .default(0)
    .describe('MiB of resident memory at which a worker is killed at once; 0 is never.'),
  'reload-on-as': count(2 ** 20)
    .default(0)
    .describe('MiB of address space after which a worker is replaced; 0 is never.'),
  'evil-reload-on-as': count(2 ** 20)
    .default(0)
    .describe('MiB of address space at which a worker is killed at once; 0 is never.'),
  'worker-reload-mercy': seconds
    .default(60)
    .describe('Seconds a draining worker has to finish its requests.'),
  'reload-mercy': seconds
    .default(60)
    .describe('Seconds a stopping gateway gives the requests it has; then they are cut.'),
  'boot-timeout': seconds
    .min(1)
    .default(120)
    .describe('Seconds a template or a worker may take to load the application.'),
  'catch-exceptions': z
    .boolean()
    .default(false)
    .describe('Shows the traceback of a failed request to the client. For development only.'),
  'need-app': z
    .boolean()
    .default(true)
    .describe('Exit with code 4 when the application does not load at start; else answer 503 and try again.'),
  cheaper: count(1024)
    .optional()
    .describe('Fewest workers; with it their number follows the queue, up to `processes`.'),
  'cheaper-initial': count(1024).optional().describe('Workers at start; default `cheaper`.'),
  'cheaper-step': count(1024).default(1).describe('Workers added at a time when requests wait.'),
}
