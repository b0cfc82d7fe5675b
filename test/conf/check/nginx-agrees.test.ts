// The installed nginx and the offline one give the same verdict, in the same words, on the same line: for directives of the
// tables used rightly and wrongly, and for good configurations broken by a hundred small accidents.
// POSTERN_TEST_NGINX_CASES=all asks about every directive (minutes); otherwise a fixed sample does.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { refusal } from '../../../conf/check/verdict.ts'
import { nginxOf } from '../../../conf/directives.ts'
import { allowedIn, PLACES, type PlaceName } from '../../../conf/form.ts'
import { loadConfText } from '../../../conf/include.ts'
import { RealNginx } from './real-nginx.ts'

const valid = join(import.meta.dirname, '../../fixtures/conf/valid')
const nothing = { read: () => undefined, list: () => [] }
const MODULES =
  /^ngx_(?:core|errlog|regex|events?|event_core|epoll|http_(?!lua|echo|xslt|image|perl|geoip|js|auth_(?:pam|jwt|spnego)|cache_purge|dav_ext|fancyindex|memc|modsecurity|push|set_misc|srcache|subs|upload|upstream_fair|zstd|xss|eval|hmac)\w+|mail_\w+|stream_(?!js|geoip)\w+)_module$/

/** The same small numbers each time. */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    yield state / 2 ** 31
  }
}

function agree(t: ExecutionContext, real: RealNginx, texts: string[]): number {
  let asked = 0
  const differences: string[] = []
  for (const written of texts) {
    // Logs and caches of the configuration go where they are cleaned away.
    const text = written.replaceAll('/tmp/', real.socket(''))
    const answer = real.ask(text)
    if (answer === undefined) continue
    asked++
    const ours = refusal(loadConfText(real.head + text, 'c.conf', nothing), { nginx: real.version })
    const said = ours === undefined ? 'nothing' : `${ours.message} (line ${ours.span.start.line})`
    const wanted = answer.refused ? `${answer.message} (line ${answer.line})` : 'nothing'
    const same = answer.refused
      ? ours !== undefined &&
        ours.message === answer.message &&
        (answer.line === 0 || ours.span.start.line === answer.line)
      : ours === undefined
    if (same) continue
    const line = text.split('\n')[Math.max(0, (answer.line || ours?.span.start.line || 1) - 1)]
    differences.push(`${line}\n  nginx: ${wanted}\n  ours:  ${said}`)
  }
  t.deepEqual(differences, [])
  return asked
}

const WRAPS: Partial<Record<PlaceName, (body: string, socket: string) => string>> = {
  main: (body) => `events {}\n${body}\n`,
  events: (body) => `events {\n${body}\n}`,
  http: (body) => `events {} http {\n${body}\n}`,
  server: (body, socket) => `events {} http { server { listen unix:${socket};\n${body}\n} }`,
  location: (body, socket) => `events {} http { server { listen unix:${socket}; location / {\n${body}\n} } }`,
  upstream: (body) => `events {} http { upstream u { server 127.0.0.1;\n${body}\n} }`,
  mail: (body) => `events {} mail { auth_http 127.0.0.1:1;\n${body}\n}`,
  'mail server': (body, socket) =>
    `events {} mail { auth_http 127.0.0.1:1; server { listen unix:${socket}; protocol imap;\n${body}\n} }`,
  stream: (body) => `events {} stream {\n${body}\n}`,
  'stream server': (body, socket) =>
    `events {} stream { server { listen unix:${socket}; return x;\n${body}\n} }`,
}

/** Left out: what the test's own frame sets, and what asks the machine or the platform. */
const APART =
  /^(?:pid|daemon|user|aio|working_directory|load_module|ssl_engine|proxy_set_body|more_.*|ssl|starttls|google_.*|quic_.*)$/
const USES = [
  '',
  ' 1',
  ' on',
  ' bogus!',
  ' 1 1',
  ' 1 1 1 1 1 1 1 1 1',
  ' 4 8k',
  ' "a ${b"',
  ' {}',
  ' 1; SAME 1',
]

function directiveCases(real: RealNginx): string[] {
  const nginx = nginxOf(real.version)
  const cases: string[] = []
  for (const [name, forms] of nginx.directives) {
    if (APART.test(name) || !forms.every((form) => MODULES.test(form.module))) continue
    for (const [place, wrap] of Object.entries(WRAPS)) {
      const allowed = forms.some((form) => allowedIn(form, PLACES[place as PlaceName]))
      const uses = allowed ? USES : ['']
      for (const use of uses) {
        const body = `${name}${use.replace('SAME', `${name}`)}${use.endsWith('}') ? '' : ';'}`
        cases.push(wrap(body, real.socket('s')))
      }
    }
  }
  if (process.env.POSTERN_TEST_NGINX_CASES === 'all') return cases
  const random = numbers(7)
  return cases.filter(() => (random.next().value as number) < 170 / cases.length)
}

test('every directive used rightly and wrongly', (t) => {
  const real = RealNginx.find()
  if (real === undefined) return t.pass('skipped: nginx with Debian’s modules is not installed')
  try {
    t.true(agree(t, real, directiveCases(real)) > 100)
  } finally {
    real.close()
  }
})

const ACCIDENTS: ((text: string, at: number, pick: <T>(list: readonly T[]) => T) => string)[] = [
  (text, _, pick) => without(text, pick([...text.matchAll(/[;{}"'$()=]/g)].map((found) => found.index)), 1),
  (text, _, pick) => {
    const at = pick([...text.matchAll(/[;{}"']/g)].map((found) => found.index))
    return text.slice(0, at) + text[at] + text.slice(at)
  },
  (text, _, pick) => {
    const [word, other] = [pick([...text.matchAll(/[a-z_]{4,}/g)]), pick([...text.matchAll(/[a-z_]{4,}/g)])]
    return text.slice(0, word.index) + other[0] + text.slice(word.index + word[0].length)
  },
  (text, _, pick) => {
    const word = pick([...text.matchAll(/[^\s{};"']+/g)])
    const junk = pick(['bogus', 'on', '1', '$nosuch', '"', '~', '-1', '{', '}', ';', 'default'])
    return `${text.slice(0, word.index + word[0].length)} ${junk}${text.slice(word.index + word[0].length)}`
  },
  (text, at) =>
    text
      .split('\n')
      .filter((_, line, lines) => line !== Math.floor(at * lines.length))
      .join('\n'),
  (text, _, pick) => {
    const found = pick([...text.matchAll(/[^{};]+;/g)])
    return text.slice(0, found.index) + found[0] + text.slice(found.index)
  },
  (text, _, pick) => {
    const found = pick([...text.matchAll(/\b\d+\b/g)])
    return (
      text.slice(0, found.index) +
      pick(['0', '99999', '1x', 'abc', '1024m']) +
      text.slice(found.index + found[0].length)
    )
  },
]

const without = (text: string, at: number, length: number): string =>
  text.slice(0, at) + text.slice(at + length)

/** Broken beyond what can be told without the machine, or told by nginx at a place of its own. */
const UNTOLD = /charset_map|could not build|same path name|unknown thread pool/

test('good configurations broken by a hundred accidents', (t) => {
  const real = RealNginx.find()
  if (real === undefined) return t.pass('skipped: nginx with Debian’s modules is not installed')
  const random = numbers(11)
  const next = (): number => random.next().value as number
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T
  const good = readdirSync(valid).map((name) => readFileSync(join(valid, name), 'utf8'))
  try {
    const broken = Array.from({ length: 110 }, () => pick(ACCIDENTS)(pick(good), next(), pick))
    const told = broken.filter(
      (text) => !UNTOLD.test(real.ask(text.replaceAll('/tmp/', real.socket('')))?.message ?? ''),
    )
    t.true(agree(t, real, told) > 90)
  } finally {
    real.close()
  }
})
