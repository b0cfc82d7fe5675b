// Encryption: certificates, profiles, protocols, HSTS.

import { z } from 'zod'
import { address, duration, filePath, plainHost, size } from './units.ts'

export const hsts = z.strictObject({
  maxAge: duration.default(63_072_000_000).describe('How long browsers insist on https.'),
  includeSubDomains: z.boolean().default(false).describe('All subdomains too. They must all have https.'),
  preload: z.boolean().default(false).describe('Ask for a place in browsers’ built-in lists. Hard to undo.'),
})

export const tls = z
  .strictObject({
    certificate: filePath.optional().describe('Certificate chain (PEM).'),
    key: filePath.optional().describe('Private key (PEM).'),
    acme: plainHost
      .optional()
      .describe(
        'The name of a certificate kept by certbot or lego: /etc/letsencrypt/live/<name>/ instead of certificate and key.',
      ),
    moreCertificates: z
      .array(
        z
          .strictObject({
            certificate: filePath.optional(),
            key: filePath.optional(),
            acme: plainHost.optional(),
          })
          .refine(
            ({ certificate, key, acme }) =>
              acme === undefined ? certificate && key : certificate === undefined && key === undefined,
            { error: 'either acme, or certificate and key' },
          ),
      )
      .max(3)
      .default([])
      .describe(
        'The same names with another kind of key, `[{ certificate, key }]` or `[{ acme }]`: of an RSA and an ECDSA certificate each client gets the one it understands.',
      ),
    acmeFolder: filePath
      .default('/etc/letsencrypt/live')
      .describe('Where the ACME client keeps certificates.'),
    acmeChallenges: filePath
      .optional()
      .describe(
        'Webroot of the ACME client: /.well-known/acme-challenge/ is served from it, also without https. Until the certificate is there, nginx.conf does only that.',
      ),
    listen: z.array(address).min(1).default(['443']).describe('Where nginx listens for https.'),
    profile: z
      .enum(['intermediate', 'modern'])
      .default('intermediate')
      .describe('Mozilla’s guideline 6.0: intermediate is TLS 1.2 and 1.3, modern only 1.3.'),
    http2: z.boolean().default(true).describe('HTTP/2.'),
    http3: z
      .union([z.boolean(), z.literal('shared')])
      .default(false)
      .describe(
        'HTTP/3 over QUIC; needs nginx 1.25 or newer with its module. "shared": another site of this nginx has `reuseport` for the address already (nginx takes it once; the build refuses a second one that it finds in /etc/nginx).',
      ),
    redirect: z.boolean().default(true).describe('Send http to https.'),
    hsts: z
      .union([z.literal(false), hsts])
      .default(() => hsts.parse({}))
      .describe('Strict-Transport-Security, as below unless you say otherwise; false leaves it out.'),
    sessionTimeout: duration.default(86_400_000).describe('How long a session can be resumed.'),
    sessionCache: size.default('10m').describe('Shared memory for sessions; 1m holds about 4000.'),
    earlyData: z
      .boolean()
      .default(false)
      .describe(
        'TLS 1.3 early data, which somebody may send again: nginx answers 425 to all but GET, HEAD and OPTIONS in it; the application sees HTTP_EARLY_DATA.',
      ),
    clientCa: filePath
      .optional()
      .describe(
        'Only clients with a certificate signed by one of these (PEM) come in. The application finds whose in environ as SSL_CLIENT_S_DN.',
      ),
    clientCertificates: z
      .enum(['required', 'optional'])
      .default('required')
      .describe(
        'With clientCa. optional: who has none comes in too, except where a route says clientCertificate; environ has SSL_CLIENT_VERIFY, SUCCESS or NONE. One that nobody trusts gets 400.',
      ),
  })
  .refine((one) => (one.acme !== undefined) !== (one.certificate !== undefined), {
    error: 'either acme, or certificate and key',
  })
  .refine((one) => (one.certificate === undefined) === (one.key === undefined), {
    error: 'certificate and key together',
  })

export type Tls = z.output<typeof tls>
