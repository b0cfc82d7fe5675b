// What may be said about a route, and about the whole site where nothing more particular is said.

import { z } from 'zod'
import {
  askedHeader,
  duration,
  filePath,
  headerName,
  headerValue,
  identifier,
  network,
  size,
} from './units.ts'

export const rateLimit = z.strictObject({
  rate: z
    .string()
    .regex(/^[1-9]\d{0,6}r\/[sm]$/, { error: 'a rate such as "10r/s" or "30r/m"' })
    .describe('Requests per second or minute.'),
  burst: z.int().min(0).max(100_000).default(20).describe('How many may come at once before any is refused.'),
  delay: z
    .boolean()
    .default(false)
    .describe('Slow the burst down to the rate instead of letting it pass at once.'),
  by: z
    .union(
      [
        z.enum(['address', 'user', 'server']),
        z.strictObject({ header: askedHeader }),
        z.strictObject({ cookie: identifier }),
      ],
      {
        error: '"address", "user", "server", { header: … } or { cookie: … }',
      },
    )
    .default('address')
    .describe(
      'Whose requests are counted together: the client’s address, the signed-in user, everyone, or a header’s or cookie’s value.',
    ),
  zone: size.default('10m').describe('Shared memory; 1m holds about 16,000 addresses.'),
})

export const cache = z.strictObject({
  for: duration
    .default(1000)
    .describe('How long an answer is fresh. The application’s Cache-Control and Expires win.'),
  stale: duration
    .default(60_000)
    .describe(
      'How long an old answer may be served while a new one is fetched, or while the application fails.',
    ),
  statuses: z.array(z.int().min(200).max(599)).default([200, 301, 404]).describe('Which answers are kept.'),
  by: z
    .array(askedHeader)
    .max(8)
    .default([])
    .describe('Request headers that make answers different, besides host, path and query.'),
  ignoreCookies: z
    .boolean()
    .default(false)
    .describe('Keep answers to visitors with cookies too. Only for pages that look the same for everyone.'),
  purgeHeader: askedHeader
    .optional()
    .describe('A request header that refreshes the answer; only addresses in purgeFrom may use it.'),
  purgeFrom: z.array(network).default(['127.0.0.1', '::1']).describe('Who may refresh answers.'),
})

export const cors = z.strictObject({
  origins: z
    .array(
      z.string().regex(/^(?:\*|https?:\/\/(?:\*\.)?[a-z0-9.-]+(?::\d{1,5})?)$/i, {
        error: 'an origin such as "https://example.org", "https://*.example.org" or "*"',
      }),
    )
    .min(1)
    .describe('Who may read the answers: origins, `https://*.example.org`, or `*`.'),
  methods: z
    .array(z.string().regex(/^[A-Z]+$/))
    .default(['GET', 'HEAD', 'POST', 'OPTIONS'])
    .describe('Methods other than simple ones that are allowed.'),
  headers: z
    .array(headerName)
    .default(['Content-Type', 'Authorization'])
    .describe('Request headers that are allowed.'),
  exposed: z.array(headerName).default([]).describe('Response headers that scripts may read.'),
  credentials: z.boolean().default(false).describe('Cookies and authorization may be sent along.'),
  maxAge: duration.default(86_400_000).describe('How long browsers remember a preflight answer.'),
})

export const policyShape = {
  limitRequests: z
    .union([identifier, rateLimit])
    .optional()
    .describe(
      'How often one client may ask: a name from `rateLimits`, or a limit of its own. More gets 429.',
    ),
  limitConnections: z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe('How many requests of one address may run at once. More gets 429.'),
  allow: z.array(network).optional().describe('Only these addresses; everyone else gets 403.'),
  deny: z.array(network).optional().describe('Not these addresses.'),
  password: filePath.optional().describe('Ask for a name and a password from this file (made by htpasswd).'),
  token: z.boolean().optional().describe('Only with a valid token (see tokens); everyone else gets 401.'),
  clientCertificate: z
    .boolean()
    .optional()
    .describe(
      'Only with a certificate of the client’s (see tls.clientCa and clientCertificates: "optional"); everyone else gets 403.',
    ),
  log: z.boolean().optional().describe('false: answers from here are not in nginx’s access log.'),
  body: size.optional().describe('Largest request body.'),
  timeout: duration
    .optional()
    .describe('How long to wait for the application between two parts of its answer.'),
  uploads: z
    .enum(['file', 'buffer', 'stream'])
    .optional()
    .describe(
      'Large request bodies: the application reads them from nginx’s file (the default in nginx.conf; nginx and gateway must share files and be one user, or the gateway root); nginx takes them in whole, then passes them on (the default in the drop-in forms); or they pass as they come (those of unknown length then have no CONTENT_LENGTH, and Django reads nothing of them).',
    ),
  events: z
    .boolean()
    .optional()
    .describe(
      'Server-sent events and other endless answers: nothing is buffered, nothing times out for an hour.',
    ),
  cache: cache.optional().describe('Keep answers for a moment.'),
  headers: z.record(headerName, headerValue).optional().describe('Response headers added here.'),
  cors: cors.optional().describe('Which other sites’ scripts may read the answers.'),
}

export const policy = z.strictObject(policyShape)

export type Policy = z.output<typeof policy>
export type RateLimit = z.output<typeof rateLimit>
export type Cache = z.output<typeof cache>
export type Cors = z.output<typeof cors>
