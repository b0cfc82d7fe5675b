// https to servers on other hosts: the name that is asked for, and who must have signed for it. nginx checks neither
// unless it is told to.

import { resolve } from 'node:path'
import { type UpstreamConfig, type UpstreamTls, upstreamTls } from '../../config/schema/upstreams.ts'
import { PosternError } from '../../errors.ts'
import { line, literal, type Section, section } from '../site.ts'
import type { Draft } from './draft.ts'

const debianTrust = '/etc/ssl/certs/ca-certificates.crt'

/** undefined: plain text. */
export function tlsTo(name: string, upstream: UpstreamConfig): UpstreamTls | undefined {
  if (upstream.tls === false) return undefined
  if (upstream.protocol !== 'http') {
    throw new PosternError('GENERATE_REFUSED', {
      key: `upstreams.${name}.tls`,
      reason: `it is for protocol http; postern and uWSGI do not speak ${upstream.protocol} over TLS, a tunnel does`,
    })
  }
  return upstream.tls === true ? upstreamTls.parse({}) : upstream.tls
}

export function tlsSections(draft: Draft, name: string, upstream: UpstreamConfig): Section[] {
  const tls = tlsTo(name, upstream)
  if (tls === undefined) return []
  const from = (path: string): string => resolve(draft.facts.folder, path)
  return [
    section(
      'The name is asked for in the handshake: many servers have more than one.',
      literal('proxy_ssl_server_name', 'on'),
      line('proxy_ssl_name', nameOf(name, upstream, tls)),
      literal('proxy_ssl_protocols', 'TLSv1.2', 'TLSv1.3'),
      ...(tls.certificate && tls.key
        ? [
            line('proxy_ssl_certificate', from(tls.certificate)),
            line('proxy_ssl_certificate_key', from(tls.key)),
          ]
        : []),
    ),
    tls.verify
      ? section(
          'Only the server with a certificate for that name is spoken to.',
          literal('proxy_ssl_verify', 'on'),
          literal('proxy_ssl_verify_depth', 3),
          literal(
            'proxy_ssl_trusted_certificate',
            tls.ca === undefined ? (draft.facts.trusted ?? debianTrust) : from(tls.ca),
          ),
        )
      : section(
          'postern-ignore proxy-ssl-unverified -- the site file says verify: false',
          literal('proxy_ssl_verify', 'off'),
        ),
  ]
}

/** nginx would ask for the name of the upstream block, which no certificate has. */
function nameOf(name: string, upstream: UpstreamConfig, tls: UpstreamTls): string {
  const given = tls.name ?? upstream.host
  if (given !== undefined) return given.replace(/:\d+$/, '')
  const hosts = new Set(upstream.servers.map(({ address }) => address.replace(/:\d+$/, '').toLowerCase()))
  const [host] = hosts
  if (host !== undefined && hosts.size === 1 && /[a-z]/.test(host) && !/^(?:unix:|\[)/.test(host)) return host
  throw new PosternError('GENERATE_REFUSED', {
    key: `upstreams.${name}.tls.name`,
    reason: `which name is in their certificate? ${[...hosts].join(', ')} do not tell`,
  })
}
