// Servers on other hosts (or other ports of this one) that answer some of the routes.

import { z } from 'zod'
import { duration, filePath, plainHost } from './units.ts'

const serverAddress = z
  .string()
  .regex(/^(?:unix:\/[^\s;{}"'\\$]{1,101}|(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\]):\d{1,5})$/i, {
    error: '"host:port", "[::1]:port" or "unix:/path"',
  })

const server = z.strictObject({
  address: serverAddress.describe('"host:port", "[::1]:port" or "unix:/path".'),
  weight: z.int().min(1).max(1000).optional().describe('Its share of the requests; default 1.'),
  maxFails: z.int().min(0).max(1000).default(3).describe('Failures within failTimeout after which it rests.'),
  failTimeout: duration.default(10_000).describe('How long failures count, and how long it rests.'),
  backup: z.boolean().default(false).describe('Only when all others are resting.'),
  down: z.boolean().default(false).describe('No new requests: drain it before it goes.'),
  maxConnections: z.int().min(1).max(100_000).optional().describe('Requests at a time, per nginx worker.'),
})

export const upstreamTls = z
  .strictObject({
    name: plainHost
      .optional()
      .describe(
        'The name in their certificate, which is also asked for in the handshake. Default: `host`, else the name in their addresses.',
      ),
    ca: filePath
      .optional()
      .describe('Authorities whose certificates count (PEM). Default: those the system trusts.'),
    verify: z
      .boolean()
      .default(true)
      .describe('Check their certificate. Without it whoever gets in between reads and answers everything.'),
    certificate: filePath.optional().describe('A certificate of our own (PEM), when they ask for one.'),
    key: filePath.optional().describe('Its private key (PEM).'),
  })
  .refine((one) => (one.certificate === undefined) === (one.key === undefined), {
    error: 'certificate and key together',
  })

export const upstream = z.strictObject({
  servers: z
    .array(
      z.union([serverAddress.transform((address) => server.parse({ address })), server], {
        error: '"host:port" or { address: "host:port", … }',
      }),
    )
    .min(1)
    .describe('The servers.'),
  protocol: z.enum(['http', 'fastcgi', 'uwsgi']).default('http').describe('What they speak.'),
  tls: z
    .union([z.boolean(), upstreamTls])
    .default(false)
    .describe('https to them, with their certificate checked; only with protocol http.'),
  balance: z
    .enum(['round-robin', 'least-connections', 'address', 'cookie'])
    .default('least-connections')
    .describe(
      'Who gets the next request; `address` keeps a client with one server, `cookie` a session (see cookie).',
    ),
  cookie: z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .default('sessionid')
    .describe('With balance cookie: its name.'),
  keepalive: z
    .int()
    .min(0)
    .max(10_000)
    .default(32)
    .describe('Idle connections kept per nginx worker; 0 for none.'),
  host: plainHost.optional().describe('Host header they get; default the visitor’s.'),
})

export type UpstreamTls = z.output<typeof upstreamTls>
export type UpstreamConfig = z.output<typeof upstream>
