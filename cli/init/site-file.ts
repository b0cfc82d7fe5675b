// What was found -> the text of a postern.config.ts. Pure.

import type { FromNginx } from './from-nginx.ts'
import type { Found } from './look.ts'

export type Facts = { app: Found | undefined; nginx: FromNginx | undefined; home: string | undefined }

export function writeSite({ app, nginx, home }: Facts): string {
  const helper = app?.kind === 'django' ? 'django' : app?.kind === 'wsgi' ? 'wsgi' : undefined
  const tls = nginx?.certificate
  const ports = (nginx?.listen ?? []).filter((one) => !(tls && /(^|:)443$/.test(String(one))))
  const fields: [string, string][] = [
    ['listen', JSON.stringify(ports.length > 0 ? ports : [tls ? 80 : 8000])],
    ...(nginx && nginx.serverNames.length > 0 ? [pair('serverNames', nginx.serverNames)] : []),
    ...(helper === 'django' ? [['app', `django({ project: '.'${homeOf(home)} })`] as [string, string]] : []),
    ...(app?.kind === 'wsgi'
      ? [['app', `wsgi({ module: ${text(app.module)}${homeOf(home)} })`] as [string, string]]
      : []),
    ...(helper ? [['gateway', '{ processes: 2, threads: 4 }'] as [string, string]] : []),
    ...folders('static', app, nginx),
    ...folders('media', app, nginx),
    ...(tls ? [pair('tls', tls)] : []),
    ...(nginx?.body ? [pair('limits', { body: nginx.body.toLowerCase() })] : []),
    ...(nginx && Object.keys(nginx.redirects).length > 0 ? [pair('redirects', nginx.redirects)] : []),
  ]
  const names = ['defineSite', ...(helper ? [helper] : [])]
  return [
    `import { ${names.join(', ')} } from 'postern'`,
    '',
    ...comments(app, nginx),
    'export default defineSite({',
    ...fields.map(([name, value]) => `  ${name}: ${value},`),
    '})',
    '',
  ].join('\n')
}

const homeOf = (home: string | undefined): string => (home === undefined ? '' : `, home: ${text(home)}`)

function comments(app: Found | undefined, nginx: FromNginx | undefined): string[] {
  return [
    ...(app?.kind === 'django'
      ? ['// Names, static files, uploads and the WSGI application come from Django’s settings.']
      : []),
    ...(nginx && nginx.left.length > 0
      ? [
          `// Not taken over from nginx.conf, see docs/site.md for what says the same: ${nginx.left.join(', ')}.`,
        ]
      : []),
  ]
}

/** Django says its folders itself. */
function folders(
  kind: 'static' | 'media',
  app: Found | undefined,
  nginx: FromNginx | undefined,
): [string, string][] {
  if (app?.kind === 'django') return []
  const found = (nginx?.folders ?? [])
    .filter(({ media }) => media === (kind === 'media'))
    .map(({ at, root }) => ({ at, root }))
  const own = kind === 'static' && app?.kind === 'static' ? [{ at: '/', root: app.root }] : []
  return found.length + own.length > 0 ? [pair(kind, [...found, ...own])] : []
}

const pair = (name: string, value: unknown): [string, string] => [name, print(value)]

function print(value: unknown): string {
  if (typeof value === 'string') return text(value)
  if (Array.isArray(value)) return `[${value.map(print).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const key = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : text(name))
    return `{ ${Object.entries(value)
      .map(([name, one]) => `${key(name)}: ${print(one)}`)
      .join(', ')} }`
  }
  return JSON.stringify(value)
}

const text = (value: string): string =>
  `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
