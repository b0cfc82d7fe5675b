// What `postern up` runs and says, from what the build made. Pure.

import { dirname, join, relative } from 'node:path'
import type { Built } from '../../generate/build.ts'
import { parseListen } from './address.ts'
import type { UpPlan } from './run.ts'

/** The URL to type, for one `listen`; undefined for a Unix socket. */
function urlOf(listen: string): string | undefined {
  const target = parseListen(listen)
  if (!target) return undefined
  const host =
    target.host === undefined || target.host === '0.0.0.0' || target.host === '::' ? 'localhost' : target.host
  return `http://${host.includes(':') ? `[${host}]` : host}${target.port === 80 ? '' : `:${target.port}`}`
}

function greeting(built: Built): string[] {
  const { config } = built.loaded
  const urls = config.listen.map(urlOf).filter((url) => url !== undefined)
  const gateway = built.site.gateway
  const target = gateway?.module ?? gateway?.['wsgi-file'] ?? gateway?.mount?.join(', ')
  const workers = `${gateway?.processes ?? 1} worker${(gateway?.processes ?? 1) === 1 ? '' : 's'} × ${gateway?.threads ?? 1} thread${(gateway?.threads ?? 1) === 1 ? '' : 's'}`
  const versions = Object.values(built.facts.django).map(
    ({ versions: v }) => `Django ${v.django}, Python ${v.python}`,
  )
  return [
    '',
    `  ${urls.join('  ') || config.listen.join('  ')}`,
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
