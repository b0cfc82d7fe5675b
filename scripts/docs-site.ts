// docs/site.md from the site file's schema: every key with its value, its default and what it does. scripts/docs.ts
// writes it; a key without a description is an error here.

import { djangoApp, wsgiApp } from '../config/schema/apps.ts'
import { mediaFolder, staticFolder } from '../config/schema/folders.ts'
import { logs } from '../config/schema/logs.ts'
import { cache, cors, policy, rateLimit } from '../config/schema/policies.ts'
import { route } from '../config/schema/routes.ts'
import { site } from '../config/schema/site.ts'
import { hsts, tls } from '../config/schema/tls.ts'
import * as units from '../config/schema/units.ts'
import { upstream, upstreamTls } from '../config/schema/upstreams.ts'
import { duration } from '../generate/model/units.ts'

// biome-ignore lint/suspicious/noExplicitAny: zod's definitions are read by kind, which its types do not tell apart
type Schema = any

const unitNames = new Map<Schema, string>([
  [units.size, 'size'],
  [units.duration, 'duration'],
  [units.identifier, 'name'],
  [units.serverName, 'host, also `.example.org`'],
  [units.plainHost, 'host'],
  [units.urlPath, 'path'],
  [units.urlFolder, 'path with / at both ends'],
  [units.filePath, 'file or folder'],
  [units.headerName, 'header name'],
  [units.askedHeader, 'header name'],
  [units.headerValue, 'one line of text'],
  [units.address, 'port or address'],
  [units.network, 'address or network'],
])

const sections: [title: string, about: string, schema: Schema][] = [
  ['The site', 'The object given to `defineSite`.', site],
  [
    'app: django({ … })',
    'A Django project. The build asks its settings in a subprocess of its own Python.',
    djangoApp,
  ],
  ['app: wsgi({ … })', 'Any other WSGI application: Flask, Bottle, Pyramid, a function.', wsgiApp],
  [
    'static[]',
    'Folders of files. Compressed when the site is built; names with a hash are kept for a year.',
    staticFolder,
  ],
  ['media[]', 'Folders of uploads. Served as data: scripts in them do not run.', mediaFolder],
  [
    'routes[]',
    'Conditions (all must hold), at most one action, and policies. Without an action a route goes to the application, with its policies.\n\nA route with only `path` or `matches` is an nginx location: exact paths win over patterns, patterns over folders, longer folders over shorter. Routes with other conditions are decided by njs in the order of the list, wherever an application would be asked. `edge.ts` is asked before them.',
    route,
  ],
  ['Policies', 'In a route, or in `all` for everything the applications answer.', policy],
  [
    'limitRequests, rateLimits',
    'How often. `limitRequests: "login"` uses `rateLimits.login`; both take this object.',
    rateLimit,
  ],
  ['cache', 'Answers kept for a moment by nginx.', cache],
  ['cors', 'Cross-origin requests, preflight included.', cors],
  ['upstreams', 'Servers on other hosts, by name.', upstream],
  ['upstreams.tls', 'https to servers on other hosts. `tls: true` takes the defaults.', upstreamTls],
  ['tls', 'https. http then only leads there.', tls],
  ['tls.hsts', 'Strict-Transport-Security.', hsts],
  ['logs', 'Logs.', logs],
]

const policyNames = new Set(Object.keys(policy.shape))
const anchors = new Map<Schema, string>([
  [hsts, 'tls.hsts'],
  [cache, 'cache'],
  [cors, 'cors'],
  [policy, 'policies'],
  [bare(site.shape.gateway).schema, '[options.md](options.md)'],
  [rateLimit, 'rateLimits'],
  [upstream, 'upstreams'],
  [upstreamTls, 'upstreams.tls'],
  [tls, 'tls'],
  [route, 'routes'],
  [logs, 'logs'],
  [staticFolder, 'static'],
  [mediaFolder, 'media'],
  [djangoApp, '`django({ … })`'],
  [wsgiApp, '`wsgi({ … })`'],
])

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

/** Takes off what says only whether a value must be there. */
function bare(schema: Schema): { schema: Schema; fallback: unknown; optional: boolean } {
  const def = schema._zod.def
  if (def.type === 'optional') return { ...bare(def.innerType), optional: true }
  if (def.type === 'default' || def.type === 'prefault') {
    return { ...bare(def.innerType), fallback: def.defaultValue, optional: true }
  }
  // A duration with a further check is another object around the same words.
  if (def.type === 'pipe' && def.in === units.duration._zod.def.in)
    return { schema: units.duration, fallback: undefined, optional: false }
  return { schema, fallback: undefined, optional: false }
}

function value(given: Schema): string {
  const { schema } = bare(given)
  const known = unitNames.get(schema)
  if (known) return known
  const def = schema._zod.def
  switch (def.type) {
    case 'pipe':
      return value(def.in)
    case 'string':
      return 'text'
    case 'number':
      return 'number'
    case 'boolean':
      return '`true`, `false`'
    case 'literal':
      return def.values.map((one: unknown) => `\`${JSON.stringify(one)}\``).join(', ')
    case 'enum':
      return Object.keys(def.entries)
        .map((one) => `\`"${one}"\``)
        .join(', ')
    case 'array':
      return `list of: ${value(def.element)}`
    case 'tuple':
      return `[${def.items.map(value).join(', ')}]`
    case 'record':
      return `{ ${value(def.keyType)}: ${value(def.valueType)} }`
    case 'union':
      return [...new Set(def.options.map(value))].join(', or ')
    case 'object':
      return anchors.has(schema) ? `see ${anchors.get(schema)}` : `{ ${Object.keys(def.shape).join(', ')} }`
    default:
      return def.type
  }
}

function defaultOf(given: Schema): string {
  const { fallback, schema } = bare(given)
  if (fallback === undefined) return ''
  if (schema === units.duration) return `\`"${duration(Number(fallback))}"\``
  // Objects have a table of their own, with defaults.
  if (typeof fallback === 'object' && !Array.isArray(fallback)) return ''
  const text = JSON.stringify(fallback)
  return text === '{}' || text === '[]' ? '' : `\`${text}\``
}

function rows(schema: Schema, way: string): string[] {
  return Object.entries(schema._zod.def.shape as Record<string, Schema>).flatMap(([name, given]) => {
    if (schema === route && policyNames.has(name)) return []
    const description = given.description ?? bare(given).schema.description
    if (description === undefined || description === '') throw new Error(`${way}${name} has no description`)
    const inner = bare(given).schema
    const nested =
      inner._zod.def.type === 'object' && !anchors.has(inner) && !sections.some(([, , one]) => one === inner)
    const key = `${way}${name}`
    const own = `| \`${key}\` | ${cell(nested ? 'object' : value(given))} | ${cell(defaultOf(given))} | ${cell(description)} |`
    return [own, ...(nested ? rows(inner, `${key}.`) : [])]
  })
}

const example = `\`\`\`ts
import { defineSite, django } from 'postern'

export default defineSite({
  serverNames: ['shop.example'],
  aliases: ['www.shop.example'],
  listen: [80],
  tls: { acme: 'shop.example', acmeChallenges: '/var/www/acme' },
  app: django({ project: '.' }),
  gateway: { processes: 4, threads: 2, harakiri: 30 },
  rateLimits: { login: { rate: '10r/m', burst: 5 } },
  routes: [
    { path: '/accounts/login/', limitRequests: 'login' },
    { path: '/api/', cors: { origins: ['https://app.example'] } },
    { path: '/news/', cache: { for: '5s' } },
    { cookies: { beta: '1' }, rewrite: '/beta{path}' },
  ],
})
\`\`\``

export function sitePage(made: string): string {
  const tables = sections.map(([title, about, schema]) => {
    const inner = bare(schema).schema
    return `## ${title}\n\n${about}\n\n| key | value | default | |\n|---|---|---|---|\n${rows(inner, '').join('\n')}\n`
  })
  return `# The site file
${made}
\`postern.config.ts\` (or .mjs, .js, .json) says what a site is; \`postern build\` makes nginx.conf, scripts and the gateway's options of it. Your
editor completes every key. \`postern init\` writes a first one, \`postern diff\` shows what a change of it changes in nginx's terms, and
\`postern apply\` puts the change in service or rolls it back. A mistake is named with its key, what was found and what is allowed.

${example}

For Django the first six lines are enough: names, static files, uploads and the WSGI application come from settings.py.

**Values.** A *size* is bytes or \`"16k"\`, \`"64m"\`, \`"1g"\`. A *duration* is seconds or \`"500ms"\`, \`"30s"\`, \`"5m"\`, \`"1h"\`, \`"1d"\`. A *port or address* is \`8080\`,
\`"127.0.0.1:8080"\`, \`"[::1]:8080"\` or \`"unix:/run/site.sock"\`; a bare port listens on IPv4 and IPv6. Files and folders are relative to the site file.

**What comes out** is written for the nginx that is installed (asked by \`nginx -V\`), or for \`nginx.version\`: HTTP/2 as a word of \`listen\` before 1.25.1 and
as a directive since, \`add_header_inherit\` from 1.29.3, post-quantum key exchange with OpenSSL 3.5. What a version cannot do is refused with the reason.

| file | for |
|---|---|
| \`out/nginx.conf\` | a whole nginx: \`nginx -p . -c out/nginx.conf\`, as root (workers become www-data) or as an ordinary user; everything it writes is under \`out/run/\` |
| \`out/postern-http.conf\` and \`out/postern.conf\` | an nginx that is there: include the first once in \`http { }\`, the second in a \`server { }\` |
| \`out/debian/\` | Debian's and Ubuntu's folders (conf.d, snippets, sites-available), to be linked into /etc/nginx |
| \`out/njs/\`, \`out/assets/\` | scripts and compressed files, referred to by the above |
| \`out/gateway.mjs\`, \`gateway.json\`, \`python/\` | \`node out/gateway.mjs\`; needs nothing else of this package |

${tables.join('\n')}`
}
