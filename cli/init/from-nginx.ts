// What an existing nginx.conf says about a site: names, addresses, limits, folders, certificates, other servers. What it
// cannot take over it names, with the line. Pure over parsed text.

import type { ConfFile, Directive } from '../../conf/node.ts'
import { parse } from '../../conf/parse.ts'
import { childrenOf, closest, find, findLast, walk } from '../../conf/walk.ts'
import type { Value } from '../../uwsgi/print-site.ts'
import { folders } from './nginx-folders.ts'
import { type LeftOver, leftOver, words } from './nginx-left.ts'
import { elsewhereOf, passesIn, targetOf } from './nginx-passes.ts'

type Fields = { [key: string]: Value }

export type FromNginx = {
  /** Fields of the site file. */
  site: Fields
  /** Where the application was, as an address for the reader. */
  app: string | undefined
  /** Directives that have no place in a site file; the reader must decide. */
  left: LeftOver[]
}

/** Headers that the site file writes itself. */
const ownHeaders =
  /^(strict-transport-security|x-content-type-options|referrer-policy|x-xss-protection|alt-svc)$/i

export function readNginx(text: string): FromNginx {
  const file = parse(text)
  const all = [...walk(file)]
  const servers = all.filter((one) => one.name.value === 'server' && one.block)
  const site = servers.find((one) => passesIn(one).length > 0) ?? servers.at(-1)
  const inSite = site ? [...walk(site)] : all
  const passes = site ? passesIn(site) : []
  const elsewhere = elsewhereOf(file, passes)
  const taken = new Set<Directive>(elsewhere.locations)
  const secure = certificate(site)
  const { listen, tlsListen } = addresses(servers, site, taken)
  const tls = secure && {
    ...secure,
    ...(String(tlsListen) === '443' ? {} : { listen: tlsListen.map(String) }),
  }
  const fields: Fields = {
    ...(listen.length > 0 ? { listen } : secure ? { listen: [80] } : {}),
    ...names(servers, site),
    ...(tls ? { tls } : {}),
    ...folders(inSite),
    ...one('redirects', Object.fromEntries(inSite.flatMap((two) => redirectOf(two, taken)))),
    ...(elsewhere.routes.length > 0 ? { upstreams: elsewhere.upstreams, routes: elsewhere.routes } : {}),
    ...one(
      'headers',
      Object.fromEntries((site ? [...childrenOf(site)] : []).flatMap((two) => headerOf(two, taken))),
    ),
    ...body(inSite),
    ...realIp(site, taken),
    ...access(site, taken),
    ...timeout(passes[0]),
  }
  return { site: fields, app: passes[0] && targetOf(passes[0]), left: leftOver(inSite, taken, passes[0]) }
}

const one = (name: string, value: Fields): Fields => (Object.keys(value).length > 0 ? { [name]: value } : {})
const firstOf = (directives: Directive[], name: string): string | undefined =>
  directives.find((two) => two.name.value === name)?.args[0]?.value

/** Plain addresses of the site and of the servers that send its names to https. */
function addresses(servers: Directive[], site: Directive | undefined, taken: Set<Directive>) {
  const mine = site ? find(site, 'server_name').flatMap(words) : []
  const siblings = servers.filter(
    (server) =>
      server === site ||
      find(server, 'server_name')
        .flatMap(words)
        .some((name) => mine.includes(name)),
  )
  const listens = siblings.flatMap((server) => find(server, 'listen')).map(words)
  const secure = site ? firstOf([...childrenOf(site)], 'ssl_certificate') !== undefined : false
  const sslOn = site ? firstOf([...childrenOf(site)], 'ssl') === 'on' : false
  const isTls = (args: string[]): boolean =>
    secure && (sslOn || args.includes('ssl') || args.includes('quic'))
  const list = (some: string[][]): (number | string)[] =>
    [...new Set(some.flatMap(([address]) => (address && !address.startsWith('[::]:') ? [address] : [])))].map(
      (address) => (/^\d+$/.test(address) ? Number(address) : address),
    )
  for (const server of siblings)
    for (const child of childrenOf(server)) if (child.name.value === 'listen') taken.add(child)
  const tls = list(listens.filter((args) => isTls(args) && !args.includes('quic')))
  return { listen: list(listens.filter((args) => !isTls(args))), tlsListen: tls.length > 0 ? tls : [443] }
}

/** `return 301 https://shop.example$request_uri;` in a server of its own: its names are aliases. */
function names(servers: Directive[], site: Directive | undefined): Fields {
  const usable = (name: string): boolean =>
    name !== '_' && name !== '' && !name.startsWith('~') && !/[^a-z0-9.*_-]/i.test(name)
  const mine = [...new Set(site ? find(site, 'server_name').flatMap(words) : [])].filter(usable)
  const aliases = servers
    .filter((server) => server !== site)
    .flatMap((server) => {
      const to = /^https?:\/\/([a-z0-9.-]+)\$request_uri$/.exec(
        findLast(server, 'return')?.args[1]?.value ?? '',
      )?.[1]
      if (to === undefined || to !== mine[0]) return []
      return find(server, 'server_name')
        .flatMap(words)
        .filter((name) => usable(name) && !/[*]|^\./.test(name))
    })
  const other = [...new Set(aliases)].filter((name) => !mine.includes(name))
  return {
    ...(mine.length > 0 ? { serverNames: mine } : {}),
    ...(other.length > 0 ? { aliases: other } : {}),
  }
}

function certificate(site: Directive | undefined): Fields | undefined {
  const chain = site && findLast(site, 'ssl_certificate')?.args[0]?.value
  const key = site && findLast(site, 'ssl_certificate_key')?.args[0]?.value
  if (!chain || !key || chain.includes('$')) return undefined
  const acme = /^\/etc\/letsencrypt\/live\/([a-z0-9.-]+)\/fullchain\.pem$/.exec(chain)?.[1]
  const hsts =
    site && find(site, 'add_header').some((two) => /^strict-transport/i.test(two.args[0]?.value ?? ''))
  return { ...(acme ? { acme } : { certificate: chain, key }), ...(hsts ? {} : { hsts: false }) }
}

/** `location = /old { return 301 /new; }` */
function redirectOf(directive: Directive, taken: Set<Directive>): [string, string][] {
  const location = closest(directive, 'location')
  if (directive.name.value !== 'return' || location?.args[0]?.value !== '=') return []
  const [status, to] = words(directive)
  const from = location.args[1]?.value
  if (!from || !to || !/^30[1278]$/.test(status ?? '') || to.includes('$')) return []
  taken.add(directive)
  return [[from, to]]
}

/** A server's own header with a fixed value. */
function headerOf(directive: Directive, taken: Set<Directive>): [string, string][] {
  const [name, value] = words(directive)
  if (directive.name.value !== 'add_header' || !name || value === undefined || value.includes('$')) return []
  taken.add(directive)
  return ownHeaders.test(name) ? [] : [[name, value]]
}

function body(inSite: Directive[]): Fields {
  const size = firstOf(inSite, 'client_max_body_size')
  return size !== undefined && /^[1-9]\d{0,11}[kmg]?$/i.test(size)
    ? { limits: { body: size.toLowerCase() } }
    : {}
}

/** The proxies in front, when they are named for the whole server. */
function realIp(site: Directive | undefined, taken: Set<Directive>): Fields {
  const from = site ? find(site, 'set_real_ip_from') : []
  const header = site && findLast(site, 'real_ip_header')
  const addresses = from.map((two) => two.args[0]?.value ?? '').filter((text) => /^[0-9a-f.:/]+$/i.test(text))
  if (addresses.length === 0 || addresses.length < from.length) return {}
  const name = header?.args[0]?.value ?? 'X-Forwarded-For'
  if (name === 'proxy_protocol') return {}
  const recursive = site ? find(site, 'real_ip_recursive') : []
  for (const two of [...from, ...(header ? [header] : []), ...recursive]) taken.add(two)
  return { realIp: { from: addresses, ...(name === 'X-Forwarded-For' ? {} : { header: name }) } }
}

/** A password, and addresses in the common form: some are allowed, all others denied. */
function access(site: Directive | undefined, taken: Set<Directive>): Fields {
  if (!site) return {}
  const file = findLast(site, 'auth_basic_user_file')
  const path = file?.args[0]?.value
  const all: Fields = path?.startsWith('/') ? { password: path } : {}
  if (file && all.password) for (const two of [file, ...find(site, 'auth_basic')]) taken.add(two)
  const rules = [...childrenOf(site)].filter(({ name }) => name.value === 'allow' || name.value === 'deny')
  const last = rules.at(-1)
  const others = rules.slice(0, -1)
  const onlyAllowed = last?.name.value === 'deny' && last.args[0]?.value === 'all'
  if (onlyAllowed && others.length > 0 && others.every(({ name }) => name.value === 'allow')) {
    all.allow = others.flatMap(words)
    for (const two of rules) taken.add(two)
  }
  return one('all', all)
}

function timeout(pass: Directive | undefined): Fields {
  for (let at = pass?.parent; at !== undefined; at = at.parent) {
    const found = [...childrenOf(at)].find(({ name }) =>
      /^(uwsgi|proxy|fastcgi)_read_timeout$/.test(name.value),
    )
    const value = found?.args[0]?.value ?? ''
    if (found)
      return /^\d{1,6}(s|m|h)?$/.test(value) ? { timeouts: { app: value.replace(/\d$/, '$&s') } } : {}
  }
  return {}
}

/** The whole file's servers, for tests. */
export const serversIn = (file: ConfFile): Directive[] =>
  [...walk(file)].filter(({ name, block }) => name.value === 'server' && block !== undefined)
