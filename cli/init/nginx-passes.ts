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
    const servers = serversOf(file, pass)
    if (servers === undefined) continue
    const base =
      path
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^[^a-z]+|-+$/g, '')
        .slice(0, 30) || 'other'
    const name = nameFor(found.upstreams, base, servers)
    const protocol = pass.name.value.replace('_pass', '')
    found.upstreams[name] = { servers, ...(protocol === 'proxy' ? {} : { protocol }) }
    const upgrades = [...walk(location)].some(
      (one) => one.name.value === 'proxy_set_header' && one.args[0]?.value.toLowerCase() === 'upgrade',
    )
    found.routes.push({ path, upstream: name, ...(upgrades ? { websocket: true } : {}) })
    found.locations.push(location)
  }
  return found
}

function nameFor(upstreams: Fields, base: string, servers: Value[]): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}-${number}`
    const known = upstreams[name] as { servers: Value[] } | undefined
    if (known === undefined || String(known.servers) === String(servers)) return name
  }
}

/** The path of a plain prefix location, with a slash at its end. */
function folderPath(location: Directive): string | undefined {
  const modifier = location.args.length > 1 ? location.args[0]?.value : undefined
  const path = location.args.at(-1)?.value ?? ''
  if ((modifier !== undefined && modifier !== '^~') || !/^\/[\w./-]+$/.test(path)) return undefined
  return path.endsWith('/') ? path : `${path}/`
}

/** The addresses behind a pass; undefined when it also changes the path, speaks https, or names them by variables. */
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
