// Which requests of an nginx.conf went to the application, and which to other servers. Pure over parsed text.

import type { ConfFile, Directive } from '../../conf/node.ts'
import { closest, find, findLast, walk } from '../../conf/walk.ts'
import type { Value } from '../../uwsgi/print-site.ts'

type Fields = { [key: string]: Value }
type Elsewhere = { upstreams: Fields; routes: Value[]; locations: Directive[] }

const passName = /^(proxy|uwsgi|fastcgi|scgi)_pass$/

/** Every pass of a server, the application's first: the one of `/` or of a named location, else the first. */
export function passesIn(server: Directive): Directive[] {
  const passes = [...walk(server)].filter(({ name }) => passName.test(name.value))
  const rank = (pass: Directive): number => {
    const path = closest(pass, 'location')?.args.at(-1)?.value ?? '/'
    return path === '/' || path.startsWith('@') ? 0 : 1
  }
  return passes.sort((a, b) => rank(a) - rank(b))
}

export const targetOf = (pass: Directive): string => `${pass.name.value} ${pass.args[0]?.value ?? ''}`

/** Locations of other servers than the application's: `location /ws/ { proxy_pass http://localhost:9000; }`. */
export function elsewhereOf(file: ConfFile, passes: Directive[]): Elsewhere {
  const [app, ...others] = passes
  const found: Elsewhere = { upstreams: {}, routes: [], locations: [] }
  for (const pass of others) {
    const location = closest(pass, 'location')
    const path = location && folderPath(location)
    if (!location || path === undefined || (app && targetOf(pass) === targetOf(app))) continue
    const secure = securely(pass, location)
    const servers = secure?.servers ?? serversOf(file, pass)
    if (servers === undefined) continue
    const base =
      path
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^[^a-z]+|-+$/g, '')
        .slice(0, 30) || 'other'
    const protocol = pass.name.value.replace('_pass', '')
    const upstream = secure ?? { servers, ...(protocol === 'proxy' ? {} : { protocol }) }
    const name = nameFor(found.upstreams, base, upstream)
    found.upstreams[name] = upstream
    const upgrades = [...walk(location)].some(
      (one) => one.name.value === 'proxy_set_header' && one.args[0]?.value.toLowerCase() === 'upgrade',
    )
    found.routes.push({ path, upstream: name, ...(upgrades ? { websocket: true } : {}) })
    found.locations.push(location)
  }
  return found
}

function nameFor(upstreams: Fields, base: string, upstream: Fields): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}-${number}`
    const known = upstreams[name]
    if (known === undefined || JSON.stringify(known) === JSON.stringify(upstream)) return name
  }
}

/** Whose certificate is looked at from now on: `https://api.example.org`, unless more is said about it than this. */
function securely(pass: Directive, location: Directive): (Fields & { servers: string[] }) | undefined {
  const host = /^https:\/\/([a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.[a-z][a-z0-9-]*)(:\d{1,5})?$/i.exec(
    pass.args[0]?.value ?? '',
  )
  if (pass.name.value !== 'proxy_pass' || host === null) return undefined
  const said = (name: string): string | undefined => findLast(location, name)?.args[0]?.value
  const others = [...walk(location)].filter(
    ({ name }) =>
      name.value.startsWith('proxy_ssl_') &&
      !/_(?:server_name|verify|verify_depth|session_reuse|protocols|trusted_certificate)$/.test(name.value),
  )
  if (others.length > 0) return undefined
  // A block's own headers replace those of the blocks around it.
  const headers = [location, closest(location, 'server'), closest(location, 'http')]
    .map((block) => (block ? find(block, 'proxy_set_header') : []))
    .find((some) => some.length > 0)
  const header = headers?.find(({ args }) => args[0]?.value.toLowerCase() === 'host')
  const asked = header?.args[1]?.value ?? '$proxy_host'
  const ca = said('proxy_ssl_trusted_certificate')
  const [, name = '', port = ''] = host
  return {
    servers: [`${name}${port || ':443'}`],
    // nginx itself tells them their own name, unless the visitor's is set.
    ...(/^\$(?:http_)?host$/.test(asked) ? {} : { host: asked.startsWith('$') ? name + port : asked }),
    tls: ca === undefined ? true : { name, ca },
  }
}

/** The path of a plain prefix location, with a slash at its end. */
function folderPath(location: Directive): string | undefined {
  const modifier = location.args.length > 1 ? location.args[0]?.value : undefined
  const path = location.args.at(-1)?.value ?? ''
  if ((modifier !== undefined && modifier !== '^~') || !/^\/[\w./-]+$/.test(path)) return undefined
  return path.endsWith('/') ? path : `${path}/`
}

/** The addresses behind a pass; undefined when it also changes the path, or names them by variables. */
function serversOf(file: ConfFile, pass: Directive): string[] | undefined {
  const kind = pass.name.value
  const target = pass.args[0]?.value ?? ''
  if (kind === 'scgi_pass') return undefined
  const host = kind === 'proxy_pass' ? /^http:\/\/([^/$]+|unix:[^:$]+)$/.exec(target)?.[1] : target
  if (host === undefined || host.includes('$')) return undefined
  const block = [...walk(file)].find(
    (one) => one.name.value === 'upstream' && one.args[0]?.value === host && one.block,
  )
  const named = block && find(block, 'server').map((one) => one.args[0]?.value ?? '')
  const addresses = (named ?? [host]).map(addressOf)
  const whole = addresses.every((one) => one !== undefined) && addresses.length > 0
  // An upstream with more than plain servers says things that would be lost.
  const plain =
    block === undefined ||
    (findLast(block, 'ip_hash') === undefined && find(block, 'server').every((one) => one.args.length === 1))
  return whole && plain ? (addresses as string[]) : undefined
}

function addressOf(text: string): string | undefined {
  if (text.startsWith('unix:')) return `unix:/${text.slice(5).replace(/^\/+|:$/g, '')}`
  if (/^(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\]):\d{1,5}$/i.test(text)) return text
  return /^[a-z0-9_.-]+$/i.test(text) ? `${text}:80` : undefined
}
