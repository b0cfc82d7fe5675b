// What `postern up` runs and says, from what the build made. Pure.

import { dirname, join, relative } from 'node:path'
import type { Built } from '../../generate/build.ts'
import { parseListen } from './address.ts'
import type { UpPlan } from './run.ts'

type Url = { text: string; port: number; isLocal: boolean }

/** The URL to type, for one `listen`; undefined for a Unix socket. `name`: the only one that is answered. */
function urlOf(listen: string, secure: boolean, name: string | undefined): Url | undefined {
  const target = parseListen(listen)
  if (!target) return undefined
  const isWild = target.host === undefined || ['0.0.0.0', '::', '127.0.0.1', '::1'].includes(target.host)
  const own = target.host === undefined || ['0.0.0.0', '::'].includes(target.host) ? 'localhost' : target.host
  const host = name ?? (own.includes(':') ? `[${own}]` : own)
  const port = target.port === (secure ? 443 : 80) ? '' : `:${target.port}`
  return { text: `${secure ? 'https' : 'http'}://${host}${port}`, port: target.port, isLocal: isWild }
}

/** The site's first name, when it does not answer to localhost. */
function onlyName(built: Built): string | undefined {
  const { config } = built.loaded
  const names = built.site.servers.find(({ body }) => body)?.names ?? []
  const isOpen =
    config.unknownHosts === 'serve' ||
    names.some((name) => /^(_|\.?localhost|127\.0\.0\.1|\[::1\])$/.test(name))
  return isOpen ? undefined : names.find((name) => /^\.?[a-z0-9.-]+$/i.test(name))?.replace(/^\./, '')
}

function urlLines(built: Built): string[] {
  const { tls, listen } = built.loaded.config
  const name = onlyName(built)
  const urls = (tls?.listen ?? listen)
    .map((address) => urlOf(address, tls !== undefined, name))
    .filter((url) => url !== undefined)
  const [first] = urls
  const lines = [`  ${urls.map(({ text }) => text).join('  ') || listen.join('  ')}`]
  if (name === undefined || first === undefined || !first.isLocal) return lines
  // Whoever follows the address with localhost would get no answer at all, and no reason.
  return [
    ...lines,
    `  only its names are answered; on this machine: curl --resolve ${name}:${first.port}:127.0.0.1 ${first.text}/`,
  ]
}

function greeting(built: Built): string[] {
  const gateway = built.site.gateway
  const target = gateway?.module ?? gateway?.['wsgi-file'] ?? gateway?.mount?.join(', ')
  const workers = `${gateway?.processes ?? 1} worker${(gateway?.processes ?? 1) === 1 ? '' : 's'} × ${gateway?.threads ?? 1} thread${(gateway?.threads ?? 1) === 1 ? '' : 's'}`
  const versions = Object.values(built.facts.django).map(
    ({ versions: v }) => `Django ${v.django}, Python ${v.python}`,
  )
  return [
    '',
    ...urlLines(built),
    '',
    `  nginx ${built.facts.target.version.join('.')} with njs    routes, static files, error pages`,
    ...(gateway ? [`  postern gateway        ${target} (${[workers, ...versions].join(', ')})`] : []),
    '',
    '  Ctrl-C stops both.',
    '',
  ]
}

/** Everything runs in the folder that holds out/, by relative paths: nginx's user may be barred from folders above. */
export function planUp(built: Built): UpPlan {
  const root = dirname(built.out)
  const inside = (path: string) => relative(root, join(built.out, path))
  const socket = built.site.gateway?.socket?.[0]
  return {
    root,
    conf: inside('nginx.conf'),
    gateway:
      socket === undefined
        ? undefined
        : { script: inside('gateway.mjs'), options: inside('gateway.json'), socket },
    listens: built.loaded.config.listen,
    greeting: greeting(built),
  }
}
