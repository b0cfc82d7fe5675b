// Whatever a client sends, the scripts do not throw (in nginx that is an empty variable and a dear one), no control
// character gets into a header, and no redirect leaves the site by itself.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { corsOf, jwtOf, requestIdOf, signedOf, traceparentOf, userOf } from '../../njs/glue/guard.ts'
import { closedPage } from '../../njs/glue/page.ts'
import { chooseForm, weighEntry } from '../../njs/lib/asset.ts'
import { preferredLanguage } from '../../njs/lib/language.ts'
import { decodeQuery, encodePath, encodeUrl } from '../../njs/lib/text.ts'
import { engines, fakeRequest, tryRoute } from '../../njs/testing/index.ts'
import { fixtures, type RouteFile } from '../helpers/njs.ts'

const read = (name: string): RouteFile => JSON.parse(readFileSync(join(fixtures, 'routes', name), 'utf8'))
const tables = ['conditions.json', 'targets.json', 'share.json'].map((name) => read(name).table)

const odd = fc.constantFrom(
  ...[
    '%',
    '%0d%0a',
    '%00',
    '%ff',
    '%2e%2e',
    '\\',
    '//',
    '/',
    '?',
    '&',
    '=',
    ';',
    ',',
    '"',
    'q=',
    '*',
    ':',
    'é',
    '€',
    '😀',
    '..',
    '{path}',
    '$1',
  ],
)
const text = fc
  .array(fc.oneof(odd, fc.string({ maxLength: 6 })), { maxLength: 8 })
  .map((parts) => parts.join(''))
const headerValue = text.map((value) => value.replace(/[\x00-\x1f\x7f]/g, ''))
const headerName = fc.constantFrom(
  ...[
    'Cookie',
    'X-Channel',
    'User-Agent',
    'Accept',
    'Accept-Encoding',
    'Authorization',
    'Origin',
    'traceparent',
    'X-User',
    'X-Request-ID',
    'Accept-Language',
    'Access-Control-Request-Method',
  ],
)
const request = fc.record({
  engine: fc.constantFrom(...engines),
  method: fc.constantFrom('GET', 'POST', 'OPTIONS', 'DELETE', 'HEAD'),
  url: fc
    .tuple(
      fc.constantFrom('/', '/moved/', '/same/', '/v1/', '/year/2026/', '//', '/media/', '/sticky/'),
      text,
    )
    .map(([a, b]) => a + b.replace(/[\x00-\x20\x7f]/g, '')),
  headers: fc.array(fc.tuple(headerName, headerValue) as fc.Arbitrary<[string, string]>, { maxLength: 6 }),
})

const control = /[\x00-\x1f\x7f]/

test('routing survives any request', (t) => {
  fc.assert(
    fc.property(request, fc.constantFrom(...tables), (asked, table) => {
      const found = tryRoute({}, asked, table)
      t.notRegex(found.target + found.args + found.cookie + found.uri, control)
      t.notRegex(found.target, /^(\/|%5C)(\/|%5C|\\)/i)
      t.notRegex(found.target + found.args, /[^\x21-\x7e]/)
      if (found.uri !== '') t.is(found.uri.charAt(0), '/')
    }),
    { numRuns: 500 },
  )
  t.pass()
})

test('guards and pages survive any request', (t) => {
  const jwt = { secret: 's'.repeat(32), leeway: 0, from: { header: true as const } }
  const cors = {
    origins: ['https://*.a.b'],
    methods: [],
    headers: [],
    exposed: [],
    credentials: true,
    maxAge: 1,
  }
  fc.assert(
    fc.property(request, (asked) => {
      const r = fakeRequest(asked)
      t.is(signedOf(r, 's'.repeat(32)), '')
      t.is(jwtOf(r, jwt, 'postern_'), '')
      corsOf(r, cors, 'postern_')
      t.regex(userOf(r, { cookie: 'c', header: 'authorization' }, 'postern_'), /^(a:.*|u:[0-9a-f]{16})$/)
      t.regex(requestIdOf(r, true), /^[A-Za-z0-9._-]{8,64}$/)
      t.regex(traceparentOf(r, true), /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/)
      closedPage(r, { site: 's', retryAfter: 1, title: 't', text: 'x' }, 'postern_')
      for (const name of ['cors_origin', 'page_type', 'jwt_sub'])
        t.notRegex(String(r.variables[`postern_${name}`] ?? ''), control)
    }),
    { numRuns: 300 },
  )
  t.pass()
})

test('the helpers survive any text', (t) => {
  fc.assert(
    fc.property(text, (value) => {
      decodeQuery(value)
      chooseForm('bzg', value)
      t.true(['.br', '.zst', '.gz', '', 'none'].includes(weighEntry('bzg.i', value)))
      t.true(['en', 'de'].includes(preferredLanguage(value, ['en', 'de'])))
      t.notRegex(encodeUrl(value) + encodePath(value), /[^\x21-\x7e]/)
    }),
    { numRuns: 500 },
  )
  t.pass()
})
