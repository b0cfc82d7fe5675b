// Did the client use https? nginx knows for its own connections; proxies in front are believed when the site says so.

import { isAmong } from './addresses.ts'
import type { Draft } from './draft.ts'

export type Scheme = { scheme: string; https: string }

export function clientScheme(draft: Draft): Scheme {
  const { realIp } = draft.config
  if (!realIp?.proto) return { scheme: '$scheme', https: '$https' }
  const trusted = isAmong(
    draft,
    'trusted',
    'The proxies whose word about the client counts.',
    '$realip_remote_addr',
    realIp.from,
  )
  const scheme = draft.map(
    'scheme',
    'https when a trusted proxy says so, or when it is.',
    `${trusted.expr}:$http_x_forwarded_proto`,
    [
      ['default', { expr: '$scheme' }],
      ['1:https', 'https'],
    ],
  )
  const https = draft.map('https', 'The same as CGI writes it.', scheme.expr, [
    ['default', ''],
    ['https', 'on'],
  ])
  return { scheme: scheme.expr, https: https.expr }
}
