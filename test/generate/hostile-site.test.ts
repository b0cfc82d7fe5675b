// Every text the site file takes, replaced by hostile ones, one at a time: whatever the schema lets through comes out as
// one argument of the directive it was meant for. Read back by conf/'s parser; nothing new, nothing gone, no variables.

import { join } from 'node:path'
import test from 'ava'
import type { Directive, Node } from '../../conf/node.ts'
import { parse } from '../../conf/parse.ts'
import { checkSite } from '../../config/load.ts'
import { site as schema } from '../../config/schema/site.ts'

import type { Made } from '../../generate/model/facts.ts'
import { planScript, planSite } from '../../generate/model/plan.ts'
import { buildSiteScript } from '../../generate/njs/site-script.ts'
import { renderSite } from '../../generate/render.ts'
import { givenTarget } from '../../generate/target.ts'

type Site = Record<string, unknown>
const folder = '/srv/site'
const secret = 'a secret of more than thirty-two bytes'

/** Every text of the schema is in one of these; the last test says so. */
const sites: Site[] = [
  {
    name: 'odd',
    listen: ['8080'],
    serverNames: ['shop.example'],
    aliases: ['www.shop.example'],
    apps: {
      main: {
        kind: 'wsgi',
        project: 'app',
        file: 'app.py',
        callable: 'app',
        env: { A: 'b' },
      },
      blog: { kind: 'wsgi', project: 'blog', module: 'blog:app', at: '/blog/' },
    },
    static: [{ at: '/static/', root: 'static', fallback: 'index.html' }],
    media: [
      { at: '/media/', root: 'media' },
      { at: '/signed/', root: 'signed', access: 'signed' },
      { at: '/inner/', root: 'inner', access: 'internal' },
    ],
    headers: { 'X-One': 'one' },
    redirects: { '/old': '/new' },
    upstreams: {
      live: {
        servers: ['live.example:80', { address: 'spare.example:80', backup: true }],
        host: 'live.example',
        tls: { name: 'live.example', ca: 'live.pem', certificate: 'our.pem', key: 'our-key.pem' },
      },
      legacy: { servers: ['unix:/run/legacy.sock'], protocol: 'uwsgi', balance: 'cookie', cookie: 'sid' },
    },
    tls: {
      certificate: 'cert.pem',
      key: 'key.pem',
      acmeChallenges: 'acme',
      listen: ['8443'],
      sessionTimeout: '1d',
      sessionCache: '10m',
      clientCa: 'ca.pem',
      clientCertificates: 'optional',
      moreCertificates: [{ certificate: 'rsa.pem', key: 'rsa-key.pem' }],
      hsts: { maxAge: '1d' },
    },
    limits: { body: '1m', headers: '8k' },
    timeouts: { app: '60s', headers: '15s', body: '30s', send: '30s', keepalive: '65s' },
    rateLimits: { login: { rate: '10r/m', by: { header: 'X-Key' }, zone: '1m' } },
    all: { headers: { 'X-All': 'all' } },
    realIp: { from: ['10.0.0.0/8'], header: 'X-Forwarded-For' },
    compress: { minLength: '256' },
    nginx: { version: '1.26.3', drain: '1h' },
    logs: { access: 'access.log', error: 'error.log' },
    maintenance: { file: 'closed', allow: ['10.0.0.1'], title: 'Closed', text: 'Soon' },
    tokens: { secret, cookie: 'token', issuer: 'me', audience: 'you' },
    signedLinks: { secret },
    contentSecurityPolicy: "script-src 'self'",
    health: '/-/health',
    edge: 'edge.ts',
    user: 'www-data',
    runDir: 'run',
    routes: [
      { name: 'login', path: '/login/', limitRequests: 'login', app: 'main', body: '1m', timeout: '9s' },
      {
        name: 'own',
        matches: '^/own/(x+)$',
        limitRequests: { rate: '1r/s', by: { cookie: 'sid' }, zone: '1m' },
      },
      { name: 'inside', path: '/inside/', allow: ['10.0.0.0/8'], deny: ['10.0.0.7'], password: 'users' },
      {
        name: 'news',
        path: '/news/',
        cache: {
          for: '1s',
          stale: '1m',
          by: ['Accept-Language'],
          purgeHeader: 'X-Refresh',
          purgeFrom: ['10.0.0.9'],
        },
      },
      {
        name: 'api',
        path: '/api/',
        cors: {
          origins: ['https://app.example'],
          methods: ['PUT'],
          headers: ['X-Asked'],
          exposed: ['X-Shown'],
          maxAge: '1d',
        },
        headers: { 'X-Route': 'route' },
      },
      { name: 'gone', path: '/gone', respond: { body: 'gone', type: 'text/plain' } },
      { name: 'to', path: '/to', redirect: '/there' },
      { name: 'files', path: '/files/', folder: 'files', fallback: 'index.html' },
      { name: 'ws', path: '/ws/', upstream: 'live', websocket: true },
      { name: 'old', path: '/legacy/', upstream: 'legacy' },
      {
        name: 'chosen',
        methods: ['BREW'],
        hosts: ['*.shop.example'],
        requestHeaders: { 'X-Team': { startsWith: 'a' }, 'X-Other': ['b'] },
        cookies: { beta: { matches: '^1$' } },
        query: { q: 'x' },
        percent: { share: 5, by: { cookie: 'side' }, salt: 'salt' },
        time: {
          from: '2026-01-01T00:00:00Z',
          until: '2027-01-01T00:00:00Z',
          daily: ['08:00', '20:00'],
          days: ['monday'],
        },
        rewrite: '/beta{path}',
      },
      { name: 'share', percent: { share: 5, by: { header: 'X-Side' } }, folder: 'side' },
    ],
  },
  {
    name: 'two',
    app: {
      kind: 'wsgi',
      project: '.',
      file: 'app.py',
      callable: 'app',
      at: '/app/',
      python: '/usr/bin/python3',
      home: 'venv',
      env: { A: 'b' },
    },
    tls: { acme: 'shop.example', acmeFolder: 'acme', moreCertificates: [{ acme: 'shop.example-rsa' }] },
    serverNames: ['shop.example'],
    nginx: { binary: '/usr/sbin/nginx' },
    rateLimits: { visitors: { rate: '1r/s', by: { cookie: 'sid' } } },
    upstreams: { slow: { servers: [{ address: 'slow.example:80', failTimeout: '9s' }] } },
    routes: [
      { name: 'app', path: '/x/', headers: { 'X-One': 'one' } },
      { name: 'slow', path: '/slow/', upstream: 'slow' },
      { name: 'key', path: '/key/', limitRequests: { rate: '1r/s', by: { header: 'X-Key' } } },
      { name: 'is', requestHeaders: { a: 'b' }, cookies: { a: 'b' }, query: { a: ['b'] }, respond: {} },
      { name: 'in', cookies: { a: ['b'] }, query: { a: { startsWith: 'b' } }, respond: {} },
      {
        name: 'like',
        requestHeaders: { a: { matches: 'b' } },
        cookies: { a: { startsWith: 'b' } },
        query: { a: { matches: 'b' } },
        respond: {},
      },
    ],
  },
]

const hostile = [
  'x"; evil_directive on; "',
  "x'; evil_directive on; '",
  'x; evil_directive on;',
  'x} evil_directive { y',
  'x\nevil_directive on;',
  'x\r\nevil_directive: on',
  'x # evil_directive',
  '/x$evil_variable/',
  `/x$\{evil_variable}/`,
  'x\\',
  'x\\"; evil_directive on; \\"',
  'x{{ site.name }}{% raw %}',
  '~x|(evil_directive',
  '/x;evil_directive on;/',
  '/x";evil_directive/',
  'https://x/$evil_variable";evil_directive on;',
  '^/x(?<evil_variable>;)"\'{1}$',
  'x\u2028evil_directive on;\u0085',
  ' ',
  '',
]

const facts = (config: { nginx: { version?: string | undefined } }) => ({
  siteFile: join(folder, 'postern.config.ts'),
  folder,
  out: join(folder, 'out'),
  target: givenTarget(config.nginx.version ?? '1.30.6'),
  root: true,
  ipv6: true,
  edge: undefined,
  django: {},
})

/** The scripts are made once per site: texts reach them as JSON, which is not nginx's language. */
async function scriptsOf(site: Site): Promise<Made> {
  const config = await checkSite(site, join(folder, 'postern.config.ts'))
  const script = planScript(config, facts(config), undefined)
  return {
    wiring: script && (await buildSiteScript(script, false)).wiring,
    assets: { version: 1, assets: [], notes: [] },
  }
}

async function render(site: Site, made: Made): Promise<Map<string, string>> {
  const config = await checkSite(site, join(folder, 'postern.config.ts'))
  return renderSite(planSite(config, facts(config), made).site)
}

/** Directives in which nginx looks for no variables: a `$` stands there as it is. */
const plain = new Set(
  'client_body_temp_path proxy_temp_path fastcgi_temp_path uwsgi_temp_path scgi_temp_path fastcgi_cache_path proxy_cache_path uwsgi_cache_path default_type pid error_log include server_name listen js_path js_import location ssl_client_certificate proxy_ssl_trusted_certificate map geo server real_ip_header set_real_ip_from upstream user'.split(
    ' ',
  ),
)

type Seen = { name: string; depth: number; args: string[]; inside: string }

function* walk(nodes: Node[], depth = 0, inside = ''): Generator<Seen> {
  for (const node of nodes) {
    if (node.kind === 'comment') continue
    const { name, args, block } = node as Directive
    yield { name: name.value, depth, args: args.map(({ value }) => value), inside }
    if (block && name.value !== 'types') yield* walk(block.children, depth + 1, name.value)
  }
}

/** What must not change: which directives there are, where, with how many arguments. Locations may be of another kind. */
const shapeOf = (seen: Seen[]): string =>
  seen
    .filter(({ inside }) => inside !== 'map' && inside !== 'geo')
    // Left out when a folder's name holds what separates the list.
    .filter(({ args }) => args[0] !== 'POSTERN_ACCEL')
    .map(
      ({ name, depth, args }) =>
        `${depth} ${name}${['location', 'map', 'access_log'].includes(name) ? '' : ` ${args.length}`}`,
    )
    .filter((line) => !/ geo \d$/.test(line))
    .sort()
    .join('\n')

type Path = PropertyKey[]
type Leaf = { path: Path; isKey: boolean }

/** Keys of these are the author's own words; all other keys are the schema's. */
const records = new Set(['headers', 'env', 'redirects', 'query', 'requestHeaders', 'cookies'])

function leavesOf(value: unknown, path: Path = []): Leaf[] {
  if (typeof value === 'string') return [{ path, isKey: false }]
  if (Array.isArray(value)) return value.flatMap((one, i) => leavesOf(one, [...path, i]))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, one]) => [
    ...leavesOf(one, [...path, key]),
    ...(records.has(String(path.at(-1))) ? [{ path: [...path, key], isKey: true }] : []),
  ])
}

function replaced(site: Site, leaves: Leaf[], text: (leaf: number) => string): Site {
  const copy = structuredClone(site)
  for (const [index, { path, isKey }] of leaves.entries()) {
    const last = path.at(-1) as string
    const owner = path.slice(0, -1).reduce((at: never, key) => at[key as never], copy as never) as Record<
      string,
      unknown
    >
    if (!isKey) owner[last] = text(index)
    else {
      owner[text(index)] = owner[last]
      delete owner[last]
    }
  }
  return copy
}

const isAbove = (path: Path, leaf: Leaf): boolean =>
  path.every((key, i) => String(leaf.path[i]) === String(key))

/** Replaces every text the schema lets be replaced, each by `text` with a number of its own. */
function poisoned(site: Site, text: string): { site: Site; count: number } {
  // Without its number a key would be another's.
  let leaves = leavesOf(site).filter(({ isKey }) => !isKey || text.includes('x'))
  for (;;) {
    const numbered = (leaf: number): string => text.replace('x', `x${leaf}y`)
    const tried = replaced(site, leaves, numbered)
    const { error } = schema.safeParse(tried)
    if (error === undefined) return { site: tried, count: leaves.length }
    const renamed = new Map(leaves.map((leaf, i) => [numbered(i), leaf]))
    const refused = error.issues.flatMap(({ path }) => {
      const key = path.map((step) =>
        renamed.get(String(step))?.isKey ? renamed.get(String(step))?.path.at(-1) : step,
      )
      return [key as Path]
    })
    const left = leaves.filter((leaf) => !refused.some((path) => isAbove(path, leaf)))
    if (left.length === leaves.length) throw error
    leaves = left
  }
}

/** What is wrong with a rendering, in a word. */
function faults(files: Map<string, string>, expected: Map<string, string>): string[] {
  return [...files].flatMap(([file, text]) => {
    const conf = parse(text)
    const seen = [...walk(conf.children)]
    const said: string[] = conf.problems.map(({ message }) => `${file}: ${message}`)
    const [shape, before] = [shapeOf(seen), expected.get(file) ?? '']
    if (shape !== before) {
      const lines = before.split('\n')
      const more = shape.split('\n').filter((line) => !lines.includes(line))
      said.push(`${file}: other directives than before: ${more.join(', ')}`)
    }
    for (const { name, args: words, inside } of seen) {
      // The pattern of a rewrite is one.
      const args = name === 'rewrite' ? words.slice(1) : words
      if (/^evil/.test(name) && inside !== 'map') said.push(`${file}: ${name} is a directive`)
      for (const arg of args) {
        const open = /(?<!_dollar\})\$\{?evil_variable/.test(arg)
        const shut = /_dollar\}\{?evil_variable/.test(arg)
        if (open && !plain.has(name) && inside !== 'map')
          said.push(`${file}: ${name} looks for a variable in ${arg}`)
        if (shut && plain.has(name)) said.push(`${file}: ${name} would show ${arg}`)
      }
    }
    return said
  })
}

for (const [index, site] of sites.entries()) {
  test(`site ${index}: no text breaks out of its argument`, async (t) => {
    const made = await scriptsOf(site)
    const base = await render(site, made)
    const expected = new Map(
      [...base].map(([file, text]) => [file, shapeOf([...walk(parse(text).children)])]),
    )
    t.deepEqual(faults(base, expected), [])
    for (const text of hostile) {
      const { site: evil, count } = poisoned(site, text)
      t.deepEqual(faults(await render(evil, made), expected), [], JSON.stringify(text))
      t.log(`${JSON.stringify(text)}: in ${count} places`)
    }
  })
}

// biome-ignore lint/suspicious/noExplicitAny: zod's definitions are read by kind, which its types do not tell apart
type Schema = any

/** Where the schema takes free text: `[]` for items, `{}` for values, `{key}` for keys of records. */
function textsOf(given: Schema, path = ''): string[] {
  const def = given._zod.def
  switch (def.type) {
    case 'optional':
    case 'default':
    case 'prefault':
      return textsOf(def.innerType, path)
    case 'pipe':
      return textsOf(def.in, path)
    case 'array':
      return textsOf(def.element, `${path}[]`)
    case 'tuple':
      return def.items.flatMap((one: Schema) => textsOf(one, `${path}[]`))
    case 'record':
      return [...textsOf(def.keyType, `${path}{key}`), ...textsOf(def.valueType, `${path}{}`)]
    case 'union':
      return def.options.flatMap((one: Schema) => textsOf(one, path))
    case 'object':
      return Object.entries(def.shape).flatMap(([key, one]) =>
        // Options of the gateway go into gateway.json.
        path === '' && key === 'gateway' ? [] : textsOf(one, `${path}.${key}`),
      )
    case 'string':
      return [path]
    default:
      return []
  }
}

test('every text of the schema is among those that were replaced', (t) => {
  const steps = (site: Site) =>
    leavesOf(site).map(({ path, isKey }) => {
      let at: Schema = site
      let text = ''
      for (const [index, key] of path.entries()) {
        const owner = String(path[index - 1])
        const own = records.has(owner) || (index === 1 && ['apps', 'upstreams', 'rateLimits'].includes(owner))
        if (Array.isArray(at)) text += '[]'
        else if (own && !Array.isArray(at)) text += isKey && index === path.length - 1 ? '{key}' : '{}'
        else text += `.${String(key)}`
        at = at[key]
      }
      return text
    })
  const covered = new Set(sites.flatMap(steps))
  const names = new Set(['.apps{key}', '.upstreams{key}', '.rateLimits{key}'])
  const policies = /^\.all\.(?!headers)/
  const notForNginx = /^\.apps?(\{\})?\.(settings|module|python|home)$/
  const missing = [...new Set(textsOf(schema))].filter(
    (path) => !covered.has(path) && !names.has(path) && !policies.test(path) && !notForNginx.test(path),
  )
  t.deepEqual(missing, [])
})
