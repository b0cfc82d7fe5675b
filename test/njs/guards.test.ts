// Signed links, tokens, origins, ids: one list of cases, run with the built script in Node, in njs and in nginx.
// Tokens and signatures are made here, by other code than the code that checks them.

import { createHash, createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { compileNjs } from '../../generate/njs/compile.ts'
import { buildSiteScript } from '../../generate/njs/site-script.ts'
import type { SiteScript } from '../../generate/njs/types.ts'
import type { NjsRequest } from '../../njs/request.ts'
import { type PlainRequest, plainRequest } from '../../njs/testing/plain-request.ts'
import { nginxOrSkip, njsModule, startNginx } from '../helpers/nginx.ts'
import { askRaw, headerOf, njsOrSkip, runNjs } from '../helpers/njs.ts'

const secret = 'a secret of more than thirty-two bytes'
const now = Math.floor(Date.now() / 1000)

const script: SiteScript = {
  prefix: 'postern_',
  target: 'njs-0.7',
  signed: { secret, prefixes: ['/media/'] },
  jwt: { secret, from: { header: true }, issuer: 'me', audience: 'site', leeway: 30 },
  cors: {
    origins: ['https://App.example.org', 'https://*.example.net'],
    methods: ['GET', 'POST'],
    headers: ['Content-Type'],
    exposed: ['X-Total'],
    credentials: true,
    maxAge: 600,
  },
  nonce: true,
  userKey: { cookie: 'sessionid', jwtSubject: true },
  trace: { trustIncoming: true },
}

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const hmac = (text: string, key = secret): string =>
  createHmac('sha256', key).update(text).digest('base64url')

function token(claims: object, header: object = { alg: 'HS256', typ: 'JWT' }, key = secret): string {
  const signed = `${base64(header)}.${base64({ iss: 'me', aud: 'site', sub: 'ann', exp: now + 600, ...claims })}`
  return `${signed}.${hmac(signed, key)}`
}

const link = (path: string, expires: number, key = secret): string =>
  `${encodeURI(path)}?e=${expires}&s=${hmac(`${path}\n${expires}`, key)}`

type Case = { title: string; request: PlainRequest; expect: Record<string, string | RegExp> }

const bearer = (value: string): [string, string][] => [['Authorization', `Bearer ${value}`]]
const linkCase = (title: string, url: string, signed: string): Case => ({
  title,
  request: { url },
  expect: { signed },
})
const tokenCase = (title: string, value: string, why: string): Case => ({
  title,
  request: { url: '/', headers: bearer(value) },
  expect: { jwt: why === '' ? '1' : '', jwt_why: why, jwt_sub: why === '' ? 'ann' : '' },
})
const origin = (title: string, value: string, allowed: string): Case => ({
  title,
  request: { url: '/', headers: [['Origin', value]] },
  expect: { cors: allowed === '' ? '' : 'actual', cors_origin: allowed, cors_methods: '' },
})
const preflight: [string, string][] = [
  ['Origin', 'https://app.example.org'],
  ['Access-Control-Request-Method', 'POST'],
]
const traced = (title: string, given: string, traceparent: RegExp): Case => ({
  title,
  request: { url: '/', headers: given === '' ? [] : [['traceparent', given]] },
  expect: { traceparent },
})
const trace = '0af7651916cd43dd8448eb211c80319c'
const session = `u:${createHash('sha256').update('cabc').digest('hex').slice(0, 16)}`
const own = /^00-([0-9a-f]{16})[0-9a-f]{16}-\1-01$/
const good = link('/media/a.txt', now + 60)
const parts = token({}).split('.')

const cases: Case[] = [
  linkCase('a signed link', good, '1'),
  linkCase('a signed link to a name beyond ASCII', link('/media/größe 1.txt', now + 60), '1'),
  linkCase('an expired link', link('/media/a.txt', now - 1), 'expired'),
  linkCase('a link to another file', good.replace('a.txt', 'b.txt'), ''),
  linkCase('a link with a later end', good.replace(`e=${now + 60}`, `e=${now + 9999}`), ''),
  linkCase('a link with another key', link('/media/a.txt', now + 60, `${secret}!`), ''),
  linkCase('a link with two signatures', `${good}&s=x`, ''),
  linkCase('a link with two ends', `${good}&e=${now + 60}`, ''),
  linkCase('a link without signature', `/media/a.txt?e=${now + 60}`, ''),
  linkCase('a link with a signature cut short', good.slice(0, -1), ''),
  linkCase('a link with an end that is no number', good.replace(/e=\d+/, 'e=1e99'), ''),
  linkCase('a link whose path is written otherwise', good.replace('/media/', '/x/../media/'), '1'),
  tokenCase('a good token', token({}), ''),
  tokenCase('no token', '', 'missing'),
  tokenCase('a token of words', 'hello', 'malformed'),
  tokenCase('a token that says none', `${base64({ alg: 'none' })}.${parts[1]}.`, 'malformed'),
  tokenCase('a signed token that says none', token({}, { alg: 'none' }), 'algorithm'),
  tokenCase('a signed token that says RS256', token({}, { alg: 'RS256' }), 'algorithm'),
  tokenCase('a signed token that says hs256', token({}, { alg: 'hs256' }), 'algorithm'),
  tokenCase('a token with critical extensions', token({}, { alg: 'HS256', crit: ['x'] }), 'algorithm'),
  tokenCase('a token with another key', token({}, { alg: 'HS256' }, `${secret}!`), 'signature'),
  tokenCase(
    'a token with other claims',
    `${parts[0]}.${base64({ sub: 'eve', exp: now + 1 })}.${parts[2]}`,
    'signature',
  ),
  tokenCase('a token with padding', `${token({})}=`, 'malformed'),
  tokenCase('an expired token', token({ exp: now - 31 }), 'expired'),
  tokenCase('a token within the leeway', token({ exp: now - 5 }), ''),
  tokenCase('a token without end', token({ exp: undefined }), 'exp'),
  tokenCase('a token whose end is text', token({ exp: String(now + 600) }), 'exp'),
  tokenCase('a token of tomorrow', token({ nbf: now + 86400 }), 'nbf'),
  tokenCase('a token from elsewhere', token({ iss: 'you' }), 'issuer'),
  tokenCase('a token for others', token({ aud: ['a', 'b'] }), 'audience'),
  tokenCase('a token for several', token({ aud: ['a', 'site'] }), ''),
  tokenCase(
    'a token whose claims are a list',
    (() => {
      const signed = `${base64({ alg: 'HS256' })}.${base64([1])}`
      return `${signed}.${hmac(signed)}`
    })(),
    'malformed',
  ),
  tokenCase('a token that is too long', token({ pad: 'x'.repeat(8000) }), 'malformed'),
  {
    title: 'a subject never splits a header',
    request: { url: '/', headers: bearer(token({ sub: 'ann\r\nX-Evil: 1' })) },
    expect: { jwt: '1', jwt_sub: 'ann X-Evil: 1' },
  },
  origin('an origin of the list', 'https://app.example.org', 'https://app.example.org'),
  origin('a subdomain of the list', 'https://a.b.example.net', 'https://a.b.example.net'),
  origin('not the bare domain', 'https://example.net', ''),
  origin('not a look-alike', 'https://evilexample.net', ''),
  origin('not another scheme', 'http://app.example.org', ''),
  origin('not another port', 'https://app.example.org:8443', ''),
  origin('not a wildcard with a port', 'https://a.example.net:1', ''),
  origin('not null', 'null', ''),
  origin('not nothing', '', ''),
  {
    title: 'a preflight',
    request: { method: 'OPTIONS', url: '/', headers: preflight },
    expect: {
      cors: 'preflight',
      cors_origin: 'https://app.example.org',
      cors_methods: 'GET, POST',
      cors_headers: 'Content-Type',
      cors_max_age: '600',
      cors_credentials: 'true',
      cors_exposed: '',
    },
  },
  {
    title: 'a user by session',
    request: { url: '/', headers: [['Cookie', 'sessionid=abc']] },
    expect: { user: session },
  },
  {
    title: 'a user by token',
    request: { url: '/', headers: [['Cookie', 'sessionid=abc'], ...bearer(token({}))] },
    expect: { jwt: '1', user: new RegExp(`^(?!${session})u:[0-9a-f]{16}$`) },
  },
  { title: 'a user by address', request: { url: '/', remote: 'unix:' }, expect: { user: 'a:unix:' } },
  { title: 'a nonce', request: { url: '/' }, expect: { nonce: /^[A-Za-z0-9+/]{22}==$/ } },
  {
    title: 'a request id that is taken',
    request: { url: '/', headers: [['X-Request-ID', 'order-12345678']] },
    expect: { request_id: 'order-12345678' },
  },
  {
    title: 'a request id that is not taken',
    request: { url: '/', headers: [['X-Request-ID', 'bad id; rm -rf']] },
    expect: { request_id: /^[0-9a-f]{32}$/ },
  },
  traced('a new trace', '', own),
  traced(
    'a trace goes on',
    `00-${trace}-b7ad6b7169203331-01`,
    new RegExp(`^00-${trace}-(?!b7ad)[0-9a-f]{16}-01$`),
  ),
  traced(
    'an unsampled trace stays so',
    `00-${trace}-b7ad6b7169203331-00`,
    new RegExp(`^00-${trace}-.{16}-00$`),
  ),
  traced(
    'a trace of a later version',
    `cc-${trace}-b7ad6b7169203331-01-more`,
    new RegExp(`^00-${trace}-.{16}-01$`),
  ),
  traced('a trace in capitals', `00-${trace.toUpperCase()}-b7ad6b7169203331-01`, own),
  traced('a trace of zeros', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, own),
  traced('a trace of version ff', `ff-${trace}-b7ad6b7169203331-01`, own),
  traced('a trace that is too long', `00-${trace}-b7ad6b7169203331-01-x`, own),
]

type Module = Record<string, (r: NjsRequest) => string>

/** Asks for the variables in the order of the case, as nginx does for add_header. */
const answers = `function answers(module, request, names) {
  const r = plainRequest(request, [])
  const found = {}
  names.forEach((name) => {
    const value = module[name] ? module[name](r) : r.variables['postern_' + name]
    r.variables['postern_' + name] = value
    found[name] = value === undefined ? '' : String(value)
  })
  return found
}`

const withId = (request: PlainRequest): PlainRequest => ({
  ...request,
  variables: { request_id: 'fedcba98765432100123456789abcdef' },
})

function check(
  t: {
    is: (a: unknown, b: unknown, m?: string) => unknown
    regex: (a: string, b: RegExp, m?: string) => unknown
  },
  found: Record<string, string>[],
) {
  for (const [index, one] of cases.entries()) {
    for (const [name, want] of Object.entries(one.expect)) {
      const got = found[index]?.[name] as string
      if (typeof want === 'string') t.is(got, want, `${one.title}: ${name}`)
      else t.regex(got, want, `${one.title}: ${name}`)
    }
  }
}

test('every guard judges so in Node', async (t) => {
  const built = await buildSiteScript(script)
  t.deepEqual(built.problems, [])
  const folder = mkdtempSync(join(tmpdir(), 'postern-guards-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'postern.mjs'), built.files.get('postern.js') as string)
  const module = ((await import(join(folder, 'postern.mjs'))) as { default: Module }).default
  const run = new Function('plainRequest', `${answers}; return answers`)(plainRequest)
  check(
    t,
    cases.map((one) => run(module, withId(one.request), Object.keys(one.expect))),
  )
})

test('every guard judges so in njs', async (t) => {
  if (!njsOrSkip(t)) return
  const built = await buildSiteScript(script)
  const plain = cases.map((one) => ({ request: withId(one.request), names: Object.keys(one.expect) }))
  const code = `import { plainRequest } from './testing/plain-request.ts'
    ${answers}
    export default { run(module) { ${JSON.stringify(plain)}.forEach((one) =>
      console.log(JSON.stringify(answers(module, one.request, one.names)))) } }`
  const resolveDir = join(import.meta.dirname, '../../njs')
  const made = await compileNjs({
    entries: [{ name: 'cases', code, resolveDir }],
    target: 'njs-0.8',
    engine: false,
  })
  t.deepEqual(made.problems, [])
  const printed = runNjs(made.files.get('cases.js') as string, {
    'postern.js': built.files.get('postern.js') as string,
  })
  check(
    t,
    printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  )
})

test('every guard judges so in nginx', async (t) => {
  if (!nginxOrSkip(t) || !njsModule) return
  const built = await buildSiteScript(script)
  const { wiring } = built
  const names = [...new Set(cases.flatMap((one) => Object.keys(one.expect)))]
  const first = wiring.set.map((one) => one.variable.slice('postern_'.length))
  const ordered = [...first, ...names.filter((name) => !first.includes(name))]
  const nginx = await startNginx({
    main: `load_module ${njsModule};`,
    files: Object.fromEntries(built.files),
    http: `large_client_header_buffers 4 32k; js_path "%PREFIX%/"; js_import ${wiring.module} from ${wiring.file};
      ${wiring.set.map((one) => `js_set $${one.variable} ${one.handler};`).join('\n')}
      ${wiring.vars.map((one) => `js_var $${one.variable};`).join('\n')}`,
    server: `location / { ${ordered.map((name) => `add_header X-${name} $postern_${name};`).join(' ')} return 200; }`,
  })
  t.teardown(() => nginx.stop())
  const found: Record<string, string>[] = []
  for (const one of cases) {
    const reply = await askRaw(nginx.front, one.request)
    t.is(headerOf(reply, 'x-evil'), '')
    found.push(Object.fromEntries(names.map((name) => [name, headerOf(reply, `x-${name}`)])))
  }
  check(t, found)
})

test('a short secret is refused at build', async (t) => {
  const short = { ...script, signed: { secret: 'x'.repeat(31), prefixes: [] } }
  const error = await t.throwsAsync(buildSiteScript(short, false))
  t.is(error.message, 'signed links: the secret has 31 bytes; 32 are needed')
  t.is(
    (await buildSiteScript({ ...script, signed: { secret: 'x'.repeat(32), prefixes: [] } }, false)).files
      .size,
    1,
  )
})

test('credentials never go with a wildcard', async (t) => {
  const { allowedOrigin } = await import('../../njs/lib/cors.ts')
  t.is(allowedOrigin({ origins: ['*'], credentials: false }, 'https://a.b'), '*')
  t.is(allowedOrigin({ origins: ['*'], credentials: true }, 'https://a.b'), '')
})
