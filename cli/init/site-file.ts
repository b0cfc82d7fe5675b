// What was found -> the text of a postern.config.ts. Pure.

import { Call, Code, printValue, type Value } from '../../uwsgi/print-site.ts'
import type { FromNginx } from './from-nginx.ts'
import type { Found } from './look.ts'
import type { ServerLine } from './server-line.ts'

type Fields = { [key: string]: Value }

export type Facts = {
  app: Found | undefined
  nginx: FromNginx | undefined
  home: string | undefined
  /** The .env file that must be handed to the application, from the folder. */
  env?: string | undefined
  server?: ServerLine | undefined
  notes?: string[]
}

export function writeSite(facts: Facts): string {
  const { app, nginx, env } = facts
  const called = app && app.kind !== 'static' ? app.kind : undefined
  const site: Fields = {
    listen: [8000],
    ...(called ? { app: new Call(called, application(facts)), gateway: gatewayOf(facts.server) } : {}),
    ...(app?.kind === 'static' ? { static: [{ at: '/', root: app.root }] } : {}),
    ...(app?.kind === 'wsgi' && app.static ? { static: [app.static] } : {}),
    ...nginx?.site,
  }
  const order = ['listen', 'serverNames', 'aliases', 'tls', 'app', 'gateway']
  const sorted = Object.fromEntries(
    [
      ...order.filter((name) => name in site),
      ...Object.keys(site).filter((name) => !order.includes(name)),
    ].map((name) => [name, site[name] as Value]),
  )
  return [
    ...(env === undefined
      ? []
      : [`import { readFileSync } from 'node:fs'`, `import { parseEnv } from 'node:util'`]),
    `import { ${['defineSite', ...(called ? [called] : [])].join(', ')} } from 'postern'`,
    '',
    ...comments(facts),
    `export default defineSite(${printValue(sorted, 0)})`,
    '',
  ].join('\n')
}

function application({ app, home, env }: Facts): Fields {
  if (!app || app.kind === 'static') return {}
  return {
    ...(app.kind === 'django'
      ? { project: app.project }
      : app.project === '.'
        ? {}
        : { project: app.project }),
    ...(app.kind === 'wsgi' ? { module: app.module } : {}),
    ...(app.kind === 'django' && app.settings ? { settings: app.settings } : {}),
    ...(home === undefined ? {} : { home }),
    ...(env === undefined
      ? {}
      : {
          env: new Code(
            `parseEnv(readFileSync(new URL(${JSON.stringify(env)}, import.meta.url), 'utf8')) as Record<string, string>`,
          ),
        }),
  }
}

const gatewayOf = (server: ServerLine | undefined): Fields => ({
  processes: server?.processes ?? 2,
  threads: server?.threads ?? (server?.processes === undefined ? 4 : 1),
  ...(server?.timeout === undefined ? {} : { harakiri: server.timeout }),
})

/** What the reader must know beside the fields: for the site file, and for the terminal. */
export function comments({ app, nginx, notes = [] }: Pick<Facts, 'app' | 'nginx' | 'notes'>): string[] {
  const oneLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f\u2028\u2029]/g, ' ')
  return [
    ...(app?.kind === 'django'
      ? [
          '// Names, static files, uploads and the WSGI application come from Django’s settings, unless they are named here.',
        ]
      : []),
    ...notes.map((note) => `// Note: ${oneLine(note)}.`),
    ...(nginx && nginx.left.length > 0
      ? [
          '// Not taken over from nginx’s configuration; docs/site.md says what does the same:',
          ...nginx.left.map(({ line, text }) => `//   line ${line}: ${oneLine(text)}`),
        ]
      : []),
  ]
}
