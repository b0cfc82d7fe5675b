// Precompressed files: the choice in Node and in njs, and the whole answer through a real nginx.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import test from 'ava'
import { buildAssets } from '../../generate/assets/build.ts'
import {
  assetBase,
  assetMap,
  assetMaps,
  assetPattern,
  mapHash,
  spaRewrite,
} from '../../generate/assets/map.ts'
import { compileNjs } from '../../generate/njs/compile.ts'
import { buildSiteScript } from '../../generate/njs/site-script.ts'
import { chooseForm } from '../../njs/lib/asset.ts'
import { type Nginx, nginxOrSkip, njsModule, startNginx, tempFolder } from '../helpers/nginx.ts'
import { askRaw, fixtures, headerOf, njsOrSkip, type RawReply, runNjs } from '../helpers/njs.ts'

type Case = { accept: string; form: string | null }
const { forms, cases } = JSON.parse(readFileSync(join(fixtures, 'accept/encodings.json'), 'utf8')) as {
  forms: string
  cases: Case[]
}

test('every Accept-Encoding gets the form it asks for', (t) => {
  for (const { accept, form } of cases) t.is(chooseForm(forms, accept), form ?? undefined, accept)
})

test('every Accept-Encoding gets the same form in njs', async (t) => {
  if (!njsOrSkip(t)) return
  const code = `import { chooseForm } from './lib/asset.ts'
    export default { run() { ${JSON.stringify(cases)}.forEach((one) => {
      const form = chooseForm(${JSON.stringify(forms)}, one.accept)
      console.log(JSON.stringify(form === undefined ? null : form)) }) } }`
  const resolveDir = join(import.meta.dirname, '../../njs')
  const made = await compileNjs({
    entries: [{ name: 'cases', code, resolveDir }],
    target: 'njs-0.8',
    engine: false,
  })
  const printed = runNjs(made.files.get('cases.js') as string)
    .trim()
    .split('\n')
  t.deepEqual(
    printed.map((line, index) => [cases[index]?.accept, JSON.parse(line)]),
    cases.map(({ accept, form }) => [accept, form]),
  )
})

const css = 'body { color: rebeccapurple }\n'.repeat(200)
const script = 'export const answer = 42\n'.repeat(100)
const page = `<!doctype html><title>app</title>${'<p>hello</p>'.repeat(100)}`
const noise = Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * 7919 * (i % 251)) & 255))

const quote = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`

async function serve(): Promise<Nginx> {
  const prefix = tempFolder('assets')
  const dir = join(prefix, 'static')
  mkdirSync(join(dir, 'deep er'), { recursive: true })
  mkdirSync(join(prefix, 'app/.well-known'), { recursive: true })
  const files: Record<string, string | Buffer> = {
    'static/site.css': css,
    'static/app.1f2e3d4c5b6a.js': script,
    'static/logo.55e7cbb9ba48.png': noise,
    'static/small.css': 'a{}',
    'static/deep er/grüße "1".css': css,
    'static/Upper.css': css,
    'static/upper.css': `${css}/* lower */`,
    'static/pay$.css': css,
    'app/index.html': page,
    'app/main.js': script,
    'app/.well-known/association': script,
  }
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(prefix, name), bytes)
  const roots = [
    { url: '/static/', dir },
    { url: '/app/', dir: join(prefix, 'app'), spa: 'index.html' },
  ]
  const cache = join(prefix, 'cache')
  const { manifest } = await buildAssets({ roots, cache, encodings: ['br', 'gzip'] })
  const made = await buildSiteScript({ prefix: 'postern_', target: 'njs-0.7', assets: true })
  if (made.problems.length > 0) throw new Error(JSON.stringify(made.problems))
  const map = assetMap(manifest)
  const size = mapHash(map)
  const spa = spaRewrite({ url: '/app/', spa: 'index.html' })
  const fallback = `if ($postern_asset_entry = "") { rewrite "${spa.pattern}" ${spa.page} last; }`
  const entries = map.map(({ value }) => value)
  const maps = [
    ...assetMaps('postern_', entries),
    ...roots.map((root) => assetBase('postern_', root, cache, entries)),
  ]
  const location = (url: string, before = '') => `location ^~ ${url} {
    location ~ ${quote(assetPattern('postern_', url))} { ${before} gzip off; if ($postern_asset_form = none) { return 406; }
      alias $postern_asset_base_${url.slice(1, -1)}$postern_rest$postern_asset_form;
      add_header Content-Encoding $postern_asset_encoding; add_header Vary $postern_asset_vary;
      add_header Cache-Control $postern_asset_cache; } }`
  return startNginx({
    prefix,
    main: `load_module ${njsModule};`,
    files: Object.fromEntries(made.files),
    http: `types { text/css css; application/javascript js; image/png png; text/html html; } charset utf-8;
      charset_types text/css application/javascript; gzip on; gzip_types text/css; default_type application/octet-stream;
      map_hash_bucket_size ${size.bucketSize}; map_hash_max_size ${size.maxSize};
      map $uri $postern_asset_entry { volatile; ${map.map(({ key, value }) => `${quote(key)} ${quote(value)};`).join('\n')} }
      ${maps
        .map(
          (map) => `map "${map.source}" $postern_${map.name} {
            ${map.lines.map(({ key, value }) => `${quote(key)} ${quote(value)};`).join(' ')} }`,
        )
        .join('\n')}
      js_path "%PREFIX%/"; js_import ${made.wiring.module} from ${made.wiring.file};
      ${made.wiring.set.map((one) => `js_set $${one.variable} ${one.handler};`).join('\n')}
      ${made.wiring.vars.map((one) => `js_var $${one.variable};`).join('\n')}`,
    server: location('/static/') + location('/app/', fallback),
  })
}

const facts = (reply: RawReply) => ({
  status: reply.status,
  type: headerOf(reply, 'content-type'),
  encoding: headerOf(reply, 'content-encoding'),
  vary: headerOf(reply, 'vary'),
  cache: headerOf(reply, 'cache-control'),
})

const bytes = (reply: RawReply): Buffer => Buffer.from(reply.body, 'latin1')

test('nginx sends each form with the right headers', async (t) => {
  if (!nginxOrSkip(t) || !njsModule) return
  const nginx = await serve()
  t.teardown(() => nginx.stop())
  const get = (url: string, ...headers: [string, string][]) => askRaw(nginx.front, { url, headers })
  const vary = 'Accept-Encoding'
  const type = 'text/css; charset=utf-8'
  const revalidate = 'public, no-cache'
  const immutable = 'public, max-age=31536000, immutable'

  const br = await get('/static/site.css', ['Accept-Encoding', 'gzip, br'])
  t.deepEqual(facts(br), { status: 200, type, encoding: 'br', vary, cache: revalidate })
  t.is(brotliDecompressSync(bytes(br)).toString(), css)
  const gz = await get('/static/site.css', ['Accept-Encoding', 'gzip'])
  t.deepEqual(facts(gz), { status: 200, type, encoding: 'gzip', vary, cache: revalidate })
  t.is(gunzipSync(bytes(gz)).toString(), css)
  const plain = await get('/static/site.css')
  t.deepEqual(facts(plain), { status: 200, type, encoding: '', vary, cache: revalidate })
  t.is(plain.body, css)
  t.is(new Set([br, gz, plain].map((reply) => headerOf(reply, 'etag'))).size, 3)

  const tag = headerOf(br, 'etag')
  const fresh = await get('/static/site.css', ['Accept-Encoding', 'br'], ['If-None-Match', tag])
  t.is(fresh.status, 304)
  t.is(headerOf(fresh, 'content-length'), '')
  t.is(headerOf(fresh, 'vary'), vary)
  t.is((await get('/static/site.css', ['Accept-Encoding', 'gzip'], ['If-None-Match', tag])).status, 200)
  const part = await get(
    '/static/site.css',
    ['Accept-Encoding', 'br'],
    ['Range', 'bytes=2-5'],
    ['If-Range', tag],
  )
  t.deepEqual([part.status, bytes(part)], [206, bytes(br).subarray(2, 6)])
  const other = await get(
    '/static/site.css',
    ['Accept-Encoding', 'gzip'],
    ['Range', 'bytes=2-5'],
    ['If-Range', tag],
  )
  t.is(other.status, 200)
  t.is((await get('/static/site.css', ['Accept-Encoding', 'identity;q=0'])).status, 406)

  const js = await get('/static/app.1f2e3d4c5b6a.js', ['Accept-Encoding', 'br'])
  t.deepEqual(facts(js), {
    status: 200,
    type: 'application/javascript; charset=utf-8',
    encoding: 'br',
    vary,
    cache: immutable,
  })
  const png = await get('/static/logo.55e7cbb9ba48.png', ['Accept-Encoding', 'br'])
  t.deepEqual(facts(png), { status: 200, type: 'image/png', encoding: '', vary: '', cache: immutable })
  t.deepEqual(bytes(png), noise)
})

test('every Accept-Encoding gets through nginx what the library says', async (t) => {
  if (!nginxOrSkip(t) || !njsModule) return
  const nginx = await serve()
  t.teardown(() => nginx.stop())
  const codings: Record<string, string> = { b: 'br', g: 'gzip', '': '' }
  for (const { accept } of cases) {
    const form = chooseForm('bg', accept)
    const reply = await askRaw(nginx.front, {
      url: '/static/site.css',
      headers: [['Accept-Encoding', accept]],
    })
    const got = [reply.status, headerOf(reply, 'content-encoding')]
    t.deepEqual(got, form === undefined ? [406, ''] : [200, codings[form] as string], accept)
  }
})

test('nginx serves odd names, newcomers and nothing else', async (t) => {
  if (!nginxOrSkip(t) || !njsModule) return
  const nginx = await serve()
  t.teardown(() => nginx.stop())
  const get = (url: string, ...headers: [string, string][]) => askRaw(nginx.front, { url, headers })
  const accept: [string, string] = ['Accept-Encoding', 'br']

  t.is(
    headerOf(await get('/static/deep%20er/gr%C3%BC%C3%9Fe%20%221%22.css', accept), 'content-encoding'),
    'br',
  )
  const lower = await get('/static/upper.css', accept)
  t.is(brotliDecompressSync(bytes(lower)).toString(), `${css}/* lower */`)
  t.is(brotliDecompressSync(bytes(await get('/static/Upper.css', accept))).toString(), css)
  t.is((await get('/static/pay$.css', accept)).body, css)
  t.is((await get('/static/SITE.css', accept)).status, 404)
  t.is((await get('/static/site.css.br', accept)).status, 404)
  t.is((await get('/static/../cache/.postern-assets.json', accept)).status, 404)
  t.is((await get('/static/%2e%2e/app/main.js', accept)).status, 200)
  t.is((await get('/static/nothing.css')).status, 404)
  t.is((await askRaw(nginx.front, { method: 'POST', url: '/static/site.css', body: 'x' })).status, 405)
  const head = await askRaw(nginx.front, { method: 'HEAD', url: '/static/site.css', headers: [accept] })
  t.deepEqual([head.status, headerOf(head, 'content-encoding'), head.body], [200, 'br', ''])
  writeFileSync(join(nginx.prefix, 'static/late.css'), 'late{}')
  t.deepEqual(facts(await get('/static/late.css', accept)), {
    status: 200,
    type: 'text/css; charset=utf-8',
    encoding: '',
    vary: '',
    cache: '',
  })
})

test('a single-page application answers its own paths', async (t) => {
  if (!nginxOrSkip(t) || !njsModule) return
  const nginx = await serve()
  t.teardown(() => nginx.stop())
  const get = (url: string) => askRaw(nginx.front, { url, headers: [['Accept-Encoding', 'gzip']] })
  for (const url of ['/app/', '/app/users/42', '/app/index.html', '/app/users/?tab=1']) {
    const reply = await get(url)
    t.is(gunzipSync(bytes(reply)).toString(), page, url)
    t.is(headerOf(reply, 'cache-control'), 'public, no-cache', url)
    t.is(headerOf(reply, 'content-type'), 'text/html; charset=utf-8', url)
  }
  t.is((await get('/app/missing.js')).status, 404)
  t.is((await get('/app/.well-known/association')).body, script)
  t.is(gunzipSync(bytes(await get('/app/main.js'))).toString(), script)
})
