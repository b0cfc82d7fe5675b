// The server blocks: which names on which addresses, and what happens to the others.

import type { SiteConfig } from '../../config/schema/site.ts'
import { serverName } from '../../config/schema/units.ts'
import { PosternError } from '../../errors.ts'
import { type Location, literal, type Section, type Server, section } from '../site.ts'
import { appsOf } from './app.ts'
import type { Facts } from './facts.ts'
import { headerSection } from './headers.ts'
import type { Names } from './names.ts'

/** The names the site answers to; [] for every name. */
export function serverNamesOf(config: SiteConfig, facts: Facts): string[] {
  if (config.serverNames) return config.serverNames
  const hosts = appsOf(config).flatMap(({ name }) => {
    const django = facts.django[name]
    if (!django) return ['*']
    // Django's own rule: with DEBUG and no list, only this machine.
    return django.debug && django.allowedHosts.length === 0
      ? ['.localhost', '127.0.0.1', '[::1]']
      : django.allowedHosts
  })
  if (hosts.length === 0 || hosts.includes('*')) return []
  return [...new Set(hosts)].map((host) => {
    const checked = serverName.safeParse(host)
    if (checked.success) return checked.data
    throw new PosternError('GENERATE_REFUSED', {
      key: 'ALLOWED_HOSTS',
      reason: `${JSON.stringify(host)} in Django’s settings is not a name nginx can answer to`,
    })
  })
}

/** A bare port listens on IPv4 and, where the machine has it, IPv6. */
function listensOf(config: SiteConfig, facts: Facts): string[] {
  return config.listen.flatMap((address) =>
    /^\d+$/.test(address) && facts.ipv6 ? [address, `[::]:${address}`] : [address],
  )
}

export function planServers(config: SiteConfig, facts: Facts, names: Names, locations: Location[]): Server[] {
  const hosts = serverNamesOf(config, facts)
  const listens = listensOf(config, facts)
  const rejects = hosts.length > 0 && config.unknownHosts !== 'serve'
  const health = config.health ? [healthLocation(config.health)] : []
  const site: Server = {
    why: `${names.site}.`,
    listens: listens.map((address) => [address, ...(rejects ? [] : ['default_server'])]),
    names: hosts.length > 0 ? hosts : ['_'],
    sections: bodySections(config, names),
    locations: [...health, ...locations],
    body: true,
  }
  return rejects ? [rejectServer(config, listens, health), site] : [site]
}

function rejectServer(config: SiteConfig, listens: string[], health: Location[]): Server {
  return {
    why: 'Requests for names this site does not have: scanners, mostly, and forged Host headers.',
    listens: listens.map((address) => [address, 'default_server']),
    names: ['_'],
    sections:
      health.length > 0 ? [] : [section('', literal('return', config.unknownHosts === 'drop' ? 444 : 421))],
    locations:
      health.length > 0
        ? [
            ...health,
            {
              why: 'Everything else.',
              match: { modifier: undefined, path: '/' },
              sections: [section('', literal('return', config.unknownHosts === 'drop' ? 444 : 421))],
              locations: [],
            },
          ]
        : [],
    body: false,
  }
}

function bodySections(config: SiteConfig, names: Names): Section[] {
  return [
    section(
      'What one request may weigh, and how long a client may take to send it.',
      literal('client_max_body_size', config.limits.body ?? '100m'),
      literal('client_body_buffer_size', '64k'),
      literal('client_header_timeout', '15s'),
      literal('client_body_timeout', '30s'),
      literal('send_timeout', '30s'),
    ),
    headerSection(config, names),
    section(
      'Text shrinks to a third. HTML is always included; what is compressed already is not.',
      literal('gzip', 'on'),
      literal('gzip_comp_level', 5),
      literal('gzip_min_length', 256),
      literal('gzip_proxied', 'any'),
      literal('gzip_vary', 'on'),
      literal('gzip_types', ...compressible),
    ),
  ]
}

const compressible = [
  'text/css',
  'text/plain',
  'text/xml',
  'text/javascript',
  'text/csv',
  'text/markdown',
  'application/javascript',
  'application/json',
  'application/ld+json',
  'application/manifest+json',
  'application/problem+json',
  'application/xml',
  'application/rss+xml',
  'application/atom+xml',
  'application/wasm',
  'image/svg+xml',
  'font/ttf',
  'font/otf',
]

export const healthLocation = (path: string): Location => ({
  why: 'For load balancers: nginx is up. Whether the application is, its own health page says.',
  match: { modifier: '=', path },
  sections: [
    section(
      '',
      literal('access_log', 'off'),
      literal('default_type', 'text/plain'),
      literal('return', 200, 'ok\n'),
    ),
  ],
  locations: [],
})
