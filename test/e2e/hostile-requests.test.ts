// Bytes no browser sends, through every script of a site in the real nginx: broken percent-encodings, invalid UTF-8,
// CR and LF in every disguise. Nothing throws, nothing gets into a header, and the next request is answered as ever.

import test from 'ava'
import { nginxOrSkip } from '../helpers/nginx.ts'
import { askRaw } from '../helpers/njs.ts'
import { serveApp } from '../helpers/site.ts'

const secret = 'a secret of more than thirty-two bytes'
const site = {
  routes: [
    { name: 'cookie', path: '/c/', cookies: { beta: { matches: '^(a|é)+$' } }, redirect: '/b{path}{?args}' },
    { name: 'query', path: '/q/', query: { x: { startsWith: 'é' } }, rewrite: '/rewritten{path}' },
    {
      name: 'header',
      path: '/h/',
      requestHeaders: { 'X-Beta': ['1', 'é*'] },
      redirect: 'https://{host}{path}',
    },
    { name: 'moved', matches: '^/m/(.*)$', methods: ['GET'], redirect: '/to/{1}{?args}' },
    { name: 'share', path: '/s/', percent: 50, respond: { body: 'half' } },
    { name: 'api', path: '/api/', token: true },
    { name: 'limited', path: '/l/', limitRequests: { rate: '1000r/s', burst: 1000, by: 'user' } },
  ],
  all: { cors: { origins: ['https://*.example.org'], credentials: true } },
  tokens: { secret },
  signedLinks: { secret },
  media: [{ at: '/media/', root: 'media', access: 'signed' }],
  static: [{ at: '/static/', root: 'static' }],
  trace: { trustIncoming: true },
  contentSecurityPolicy: `script-src 'nonce-{nonce}'`,
}
const edge = `
import { cookie, decodeQuery, type EdgeRequest, header, preferredLanguage, queryValues, type RouteResult } from 'postern/edge'

export function route(r: EdgeRequest): RouteResult {
  const told = [cookie(r, 'beta'), header(r, 'X-Note'), decodeQuery(r.variables.args || ''), ...queryValues(r.variables.args || '', 'x')]
  if (r.uri.startsWith('/e/')) return { redirect: '/' + told.join('/') + preferredLanguage(header(r, 'Accept-Language'), ['en', 'de']) }
  return undefined
}

export function headers(r: EdgeRequest) {
  return { 'X-Told': cookie(r, 'beta') + header(r, 'X-Note') + r.uri }
}
`

const odd = [
  '%',
  '%z',
  '%0d%0aX-Evil: 1',
  '%E2%82',
  '%C3',
  '%ff%fe',
  '%00',
  '\xff',
  '\xc3',
  '\xe2\x82',
  '\xed\xa0\x80',
]
const more = [
  '%5c%5cevil',
  '//evil',
  '%2f%2fevil',
  '"',
  '\\',
  '{path}',
  '$1',
  '$' + '{x}',
  '%u00e9',
  '+',
  'é',
  '=',
  ';',
  ',',
  'q=',
]
/** The same numbers in every run: a failure comes again. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return state / 2 ** 32
  }
}

test('hostile bytes meet every script, and none of them throws', async (t) => {
  if (!nginxOrSkip(t)) return
  const { front, nginx, ask } = await serveApp(t, site, {
    'edge.ts': edge,
    'media/a.txt': 'a',
    'static/a.css': 'a { color: red }'.repeat(50),
  })
  const random = numbers(20_261_122)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const junk = (): string =>
    Array.from({ length: 1 + Math.floor(random() * 5) }, () => pick([...odd, ...more, 'a'])).join('')
  const paths = [
    '/c/',
    '/q/',
    '/h/',
    '/m/',
    '/s/',
    '/api/',
    '/l/',
    '/e/',
    '/media/a.txt',
    '/static/a.css',
    '/',
  ]
  const names = [
    'Cookie',
    'X-Beta',
    'X-Note',
    'Accept',
    'Accept-Encoding',
    'Accept-Language',
    'Authorization',
    'Origin',
    'traceparent',
    'X-Request-ID',
  ]
  const statuses = new Map<number, number>()
  for (let n = 0; n < 600; n++) {
    const path = pick(paths)
    const tail = path.endsWith('/') ? junk().replace(/[ ?#"\\\x00]/g, '') : ''
    const url = `${path}${tail}?x=${junk().replace(/[ #"\\]/g, '')}&e=${junk().replace(/[ #]/g, '')}&s=${junk().replace(/[ #]/g, '')}`
    const headers = Array.from({ length: 1 + Math.floor(random() * 4) }, (): [string, string] => {
      const name = pick(names)
      return [
        name,
        name === 'Cookie'
          ? `beta=${junk()}; ${junk()}`
          : name === 'Authorization'
            ? `Bearer ${junk()}.${junk()}.${junk()}`
            : junk(),
      ]
    })
    const reply = await askRaw(front, { method: pick(['GET', 'HEAD', 'OPTIONS']), url, headers })
    const seen = JSON.stringify([url, headers])
    statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1)
    t.true(reply.status >= 200 && reply.status < 500, `${reply.status} for ${seen}`)
    for (const [name, value] of reply.headers) {
      t.not(name.toLowerCase(), 'x-evil', seen)
      t.notRegex(`${name}${value}`, /[\x00-\x08\x0a-\x1f\x7f]/, seen)
      if (name.toLowerCase() === 'location') t.notRegex(value, /^(\/|%5C){2}|^(?!\/|https:\/\/)/i, seen)
    }
  }
  t.true((statuses.get(302) ?? 0) + (statuses.get(308) ?? 0) > 10, JSON.stringify([...statuses]))
  t.true((statuses.get(200) ?? 0) > 50, JSON.stringify([...statuses]))
  t.notRegex(nginx.errorLog(), /js exception|edge\.ts|Error:/)
  t.is((await ask('/')).status, 200)
})
