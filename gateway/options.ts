// The gateway's options: one schema, from which types, defaults, gateway.json's check and docs are made. The rows are in
// options/, by theme; docs keep their order. Names are uWSGI's wherever uWSGI has one. Knows nothing of ini files, the site
// file or the command line.

import { z } from 'zod'
import { PosternError } from '../errors.ts'
import { application } from './options/application.ts'
import { listening } from './options/listening.ts'
import { logging } from './options/logging.ts'
import { outside } from './options/outside.ts'
import { requests } from './options/requests.ts'
import { triggers } from './options/triggers.ts'
import { workers } from './options/workers.ts'

export const gatewayOptions = z.strictObject({
  ...listening,
  ...application,
  ...workers,
  ...triggers,
  ...requests,
  ...outside,
  ...logging,
  uid: z.string().optional().describe('User (name or number) to become after the sockets are bound.'),
  gid: z.string().optional().describe('Group (name or number) to become; default the user’s own.'),
})

export type GatewayOptions = z.infer<typeof gatewayOptions>
export type GatewayOptionsInput = z.input<typeof gatewayOptions>

/** Checks options and fills in defaults; every problem is named at once. */
export function readOptions(input: unknown, source = 'options'): GatewayOptions {
  const parsed = gatewayOptions.safeParse(input)
  if (!parsed.success) {
    const problems = parsed.error.issues
      .map((issue) => `${issue.path.length > 0 ? `${issue.path.join('.')}: ` : ''}${issue.message}`)
      .join('; ')
    throw new PosternError('OPTIONS_INVALID', { file: source, problems })
  }
  const options = parsed.data
  if (options.socket.length + options.http.length === 0) {
    throw new PosternError('NOTHING_TO_LISTEN_ON', undefined)
  }
  const named = options.module ?? options['wsgi-file'] ?? options.paste ?? options.mount[0]
  if (named === undefined) {
    throw new PosternError('NO_APPLICATION', undefined)
  }
  return options
}
