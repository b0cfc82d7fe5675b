// Encryption as Mozilla's guideline 6.0 (April 2026) wants it, in the words of each version of nginx and OpenSSL.
// No OCSP stapling: the largest authority has closed its responders, and nginx only warns.

import { join, resolve } from 'node:path'
import type { Tls } from '../../config/schema/tls.ts'
import { PosternError } from '../../errors.ts'
import { expr } from '../arg.ts'
import { type Location, line, literal, type Section, section } from '../site.ts'
import { atLeast, printVersion } from '../target.ts'
import type { Draft } from './draft.ts'
import { duration } from './units.ts'

const ciphers = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':')

export type CertificateFiles = { certificate: string; key: string }

/** The first is the one an ACME client has to bring before anything else. */
export function certificatesOf(folder: string, tls: Tls): [CertificateFiles, ...CertificateFiles[]] {
  const from = (path: string): string => resolve(folder, path)
  const files = ({ acme, certificate, key }: Tls['moreCertificates'][number]): CertificateFiles => {
    if (acme === undefined) return { certificate: from(certificate as string), key: from(key as string) }
    const kept = join(from(tls.acmeFolder), acme)
    return { certificate: join(kept, 'fullchain.pem'), key: join(kept, 'privkey.pem') }
  }
  return [files(tls), ...tls.moreCertificates.map(files)]
}

/** Post-quantum key exchange needs OpenSSL 3.5; an older one refuses the whole list. */
const curves = (draft: Draft): string =>
  `${atLeast(draft.facts.target.openssl, '3.5.0') ? 'X25519MLKEM768:' : ''}X25519:prime256v1:secp384r1`

/** What server blocks of one address must agree on. */
export function protocolSections(draft: Draft, tls: Tls): Section[] {
  const version = draft.facts.target.version
  return [
    section(
      `Mozilla’s guideline 6.0, profile ${tls.profile}.`,
      literal('ssl_protocols', ...(tls.profile === 'modern' ? ['TLSv1.3'] : ['TLSv1.2', 'TLSv1.3'])),
      tls.profile === 'modern' ? undefined : literal('ssl_ciphers', ciphers),
      literal('ssl_prefer_server_ciphers', 'off'),
    ),
    section(
      curves(draft).includes('MLKEM')
        ? 'postern-ignore ssl-ecdh-curve -- written for an OpenSSL that knows the post-quantum group'
        : 'Key exchange; OpenSSL before 3.5 knows no post-quantum group.',
      literal('ssl_ecdh_curve', curves(draft)),
    ),
    section(
      'Sessions are resumed from shared memory, by all workers.',
      literal('ssl_session_cache', `shared:${draft.own('tls')}:${tls.sessionCache}`),
      literal('ssl_session_timeout', duration(tls.sessionTimeout)),
      // Keys of tickets are rotated only since 1.23.2.
      atLeast(version, '1.23.2') ? undefined : literal('ssl_session_tickets', 'off'),
      tls.earlyData ? literal('ssl_early_data', 'on') : undefined,
    ),
    ...http2Section(draft, tls),
  ]
}

/** Before 1.25.1 HTTP/2 was a word of listen; since then that word is a warning. */
const http2Directive = (draft: Draft): boolean => atLeast(draft.facts.target.version, '1.25.1')

function http2Section(draft: Draft, tls: Tls): Section[] {
  if (!tls.http2 || !http2Directive(draft)) return []
  return [section('', literal('http2', 'on'))]
}

export function certificateSection(draft: Draft, tls: Tls): Section {
  const pairs = certificatesOf(draft.facts.folder, tls)
  return section(
    pairs.length === 1
      ? 'The certificate.'
      : 'Certificates by kind of key: each client gets one it understands.',
    ...pairs.flatMap(({ certificate, key }) => [
      line('ssl_certificate', certificate),
      line('ssl_certificate_key', key),
    ]),
    ...(tls.clientCa
      ? [
          literal('ssl_client_certificate', resolve(draft.facts.folder, tls.clientCa)),
          literal('ssl_verify_client', tls.clientCertificates === 'optional' ? 'optional' : 'on'),
        ]
      : []),
  )
}

/** The words of `listen` behind the address. */
export function tlsListens(
  draft: Draft,
  tls: Tls,
  addresses: string[],
  first: boolean,
  extra: string[],
): string[][] {
  const tcp = addresses.map((address) => [
    address,
    'ssl',
    ...(tls.http2 && !http2Directive(draft) ? ['http2'] : []),
    ...extra,
  ])
  if (!tls.http3) return tcp
  const { version, built } = draft.facts.target
  if (!atLeast(version, '1.25.0') || !built.includes('http_v3_module')) {
    throw new PosternError('GENERATE_REFUSED', {
      key: 'tls.http3',
      reason: `nginx ${printVersion(version)} cannot speak HTTP/3; 1.25 and newer can, when built with it`,
    })
  }
  // reuseport may stand only once for an address; in an nginx of its own there is no other site to say it.
  const owns = first && (draft.whole || tls.http3 === true)
  const quic = addresses
    .filter((address) => !address.startsWith('unix:'))
    .map((address) => [address, 'quic', ...(owns ? ['reuseport'] : []), ...extra])
  return [...tcp, ...quic]
}

/** The answers an ACME client leaves for its authority; before every redirect. */
export function challengeLocations(draft: Draft): Location[] {
  const { tls } = draft.config
  if (!tls?.acmeChallenges) return []
  return [
    {
      why: 'Challenges of the certificate authority, left here by the ACME client.',
      match: { modifier: '^~', path: '/.well-known/acme-challenge/' },
      sections: [
        section(
          '',
          line('root', resolve(draft.facts.folder, tls.acmeChallenges)),
          literal('default_type', 'text/plain'),
        ),
      ],
      locations: [],
    },
  ]
}

export const httpsTarget = (host: string, port: string): ReturnType<typeof expr> =>
  expr(`https://${host}${port === '443' ? '' : `:${port}`}$request_uri`)
