// The error and maintenance pages: who gets which form, through a real nginx whose application is away.

import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import test from 'ava'
import { compileNjs } from '../../generate/njs/compile.ts'
import { buildSiteScript } from '../../generate/njs/site-script.ts'
import { page, wantsJson } from '../../njs/lib/page.ts'
import { type Nginx, nginxOrSkip, njsModule, startNginx } from '../helpers/nginx.ts'
import { askRaw, fixtures, headerOf, njsOrSkip, runNjs } from '../helpers/njs.ts'

const choices = JSON.parse(readFileSync(join(fixtures, 'accept/pages.json'), 'utf8')) as {
  accept: string
  json: boolean
}[]

const facts = {
  status: 503,
  title: 'Back <soon>',
  text: 'Please & thanks',
  retryAfter: 5,
  site: 'A "site"',
  requestId: 'abc',
  reload: true,
}

test('JSON only when it is liked strictly better than HTML', (t) => {
  for (const { accept, json } of choices) t.is(wantsJson(accept), json, accept)
})

test('the HTML page escapes what it is given and needs nothing from elsewhere', (t) => {
  const { type, body } = page(facts, 'text/html')
  t.is(type, 'text/html; charset=utf-8')
  t.true(body.includes('<h1>Back &#60;soon&#62;</h1>'))
  t.true(body.includes('A &#34;site&#34;'))
  t.notRegex(body, /<script|https?:|url\(|src=/)
  t.true(body.includes('http-equiv="refresh" content="5"'))
  t.false(page({ ...facts, reload: false }, '').body.includes('refresh'))
})

test('problem+json says what RFC 9457 asks for', (t) => {
  const { type, body } = page(facts, 'application/json')
  t.is(type, 'application/problem+json')
  t.deepEqual(JSON.parse(body), {
    type: 'about:blank',
    title: 'Back <soon>',
    status: 503,
    detail: 'Please & thanks',
    retryAfter: 5,
    instance: 'urn:request:abc',
  })
})

test('the njs command writes the same pages and makes the same choices', async (t) => {
  if (!njsOrSkip(t)) return
  const code = `
import { page, wantsJson } from './lib/page.ts'
export default {
  run() {
    const choices: { accept: string; json: boolean }[] = ${JSON.stringify(choices)}
    const facts = ${JSON.stringify(facts)}
    const pages = [page(facts, 'text/html'), page(facts, 'application/json'), page({ ...facts, reload: false }, '')]
    const said = JSON.stringify({ pages, choices: choices.map(({ accept }) => ({ accept, json: wantsJson(accept) })) })
    // The command breaks longer lines.
    for (let at = 0; at < said.length; at += 1000) console.log(said.slice(at, at + 1000))
  },
}`
  const resolveDir = join(import.meta.dirname, '../../njs')
  const made = await compileNjs({
    entries: [{ name: 'cases', code, resolveDir }],
    target: 'njs-0.8', // the command has a console
    engine: false,
  })
  t.deepEqual(made.problems, [])
  const said = JSON.parse(runNjs(made.files.get('cases.js') as string).replaceAll('\n', ''))
  t.deepEqual(said.choices, choices)
  t.deepEqual(said.pages, [
    page(facts, 'text/html'),
    page(facts, 'application/json'),
    page({ ...facts, reload: false }, ''),
  ])
})

const pageLocation = (name: string, variable: string) => `location @postern_${name} {
  types {} default_type ""; add_header Content-Type $postern_page_type always;
  add_header Retry-After $postern_retry_after always; add_header Cache-Control no-store always;
  return 503 $${variable}; }`

async function serve(): Promise<Nginx> {
  const made = await buildSiteScript({
    prefix: 'postern_',
    target: 'njs-0.7',
    routes: {
      routes: [
        {
          name: 'closed',
          when: { path: { prefix: '/closed/' } },
          action: { location: 'postern_maintenance' },
        },
      ],
    },
    pages: {
      site: 'My <site>',
      retryAfter: 7,
      maintenance: { title: 'Closed', text: 'Until noon', retryAfter: 60 },
    },
  })
  const { wiring } = made
  return startNginx({
    main: `load_module ${njsModule};`,
    files: Object.fromEntries(made.files),
    http: `js_path "%PREFIX%/"; js_import ${wiring.module} from ${wiring.file};
      ${wiring.set.map((one) => `js_set $${one.variable} ${one.handler};`).join('\n')}
      ${wiring.vars.map((one) => `js_var $${one.variable};`).join('\n')}`,
    server: `error_page 502 503 =503 @postern_away; error_page 504 @postern_away; client_max_body_size 1g;
      location / { error_page 597 = $postern_route; error_page 502 503 =503 @postern_away;
        if ($postern_route) { return 597; } proxy_pass http://unix:%PREFIX%/app.sock; }
      location /slow/ { proxy_read_timeout 50ms; proxy_pass http://unix:%PREFIX%/slow.sock; }
      ${pageLocation('away', 'postern_page')} ${pageLocation('maintenance', 'postern_closed_page')}`,
  })
}

test('a gateway that is away gives a page, by Accept, whatever the method', async (t) => {
  if (!nginxOrSkip(t) || !njsModule) return
  const nginx = await serve()
  t.teardown(() => nginx.stop())
  const get = (method: string, accept: string, body?: string) =>
    askRaw(nginx.front, { method, url: '/x', headers: [['Accept', accept]], ...(body ? { body } : {}) })

  const html = await get('GET', 'text/html')
  t.deepEqual(
    [
      html.status,
      headerOf(html, 'content-type'),
      headerOf(html, 'retry-after'),
      headerOf(html, 'cache-control'),
    ],
    [503, 'text/html; charset=utf-8', '7', 'no-store'],
  )
  t.true(html.body.includes('My &#60;site&#62;'))
  t.regex(html.body, /Request [0-9a-f]{32}/)
  const json = await get('POST', 'application/json', 'x'.repeat(100_000))
  t.deepEqual([json.status, headerOf(json, 'content-type')], [503, 'application/problem+json'])
  t.is(JSON.parse(json.body).status, 503)
  t.false((await get('POST', 'text/html', 'a=b')).body.includes('refresh'))
  const head = await get('HEAD', 'text/html')
  t.deepEqual([head.status, head.body], [503, ''])
  t.is(html.headers.filter(([name]) => name === 'Content-Type').length, 1)
})

test('maintenance gives its own page', async (t) => {
  if (!nginxOrSkip(t) || !njsModule) return
  const nginx = await serve()
  t.teardown(() => nginx.stop())
  const reply = await askRaw(nginx.front, { url: '/closed/x', headers: [['Accept', 'text/html']] })
  t.is(reply.status, 503)
  t.true(reply.body.includes('<h1>Closed</h1>'))
  t.is(headerOf(reply, 'retry-after'), '60')
})

test('an application that is too slow is told apart', async (t) => {
  if (!nginxOrSkip(t) || !njsModule) return
  const nginx = await serve()
  t.teardown(() => nginx.stop())
  const silent = createServer()
  await new Promise<void>((resolve) => silent.listen(join(nginx.prefix, 'slow.sock'), resolve))
  t.teardown(() => silent.close())
  const reply = await askRaw(nginx.front, { url: '/slow/', headers: [['Accept', 'application/json']] })
  t.is(reply.status, 504)
  t.is(JSON.parse(reply.body).title, 'This took too long')
})
