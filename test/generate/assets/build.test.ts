// The asset builder on its own: what it writes, when it writes, what it names immutable.

import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { buildAssets } from '../../../generate/assets/build.ts'
import { canZstd } from '../../../generate/assets/compress.ts'
import { assetMap, mapHash } from '../../../generate/assets/map.ts'
import { looksFingerprinted, namedByManifest } from '../../../generate/assets/name.ts'
import type { AssetEncoding } from '../../../generate/assets/types.ts'
import { tempFolder } from '../../helpers/nginx.ts'

const text = 'a line of text that repeats\n'.repeat(100)

function site(t: ExecutionContext, files: Record<string, string>) {
  const folder = tempFolder('assets')
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const dir = join(folder, 'static')
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(dir, name, '..'), { recursive: true })
    writeFileSync(join(dir, name), content)
  }
  const cache = join(folder, 'cache')
  const build = (encodings: AssetEncoding[] = ['br', 'gzip']) =>
    buildAssets({ roots: [{ url: '/static/', dir }], cache, encodings })
  return { dir, cache, build, list: () => readdirSync(cache, { recursive: true }).sort() }
}

test('a second run writes nothing and gives the same manifest', async (t) => {
  const { build, cache } = site(t, { 'a.css': text, 'b/c.js': text, 'tiny.css': 'x' })
  const first = await build()
  t.is(first.written, 6)
  const before = statSync(join(cache, '.postern-assets.json')).mtimeMs
  const second = await build()
  t.deepEqual([second.written, second.removed], [0, 0])
  t.deepEqual(second.manifest, first.manifest)
  t.is(statSync(join(cache, '.postern-assets.json')).mtimeMs, before)
})

test('a changed file is made anew, and no old ETag comes back', async (t) => {
  const { build, dir } = site(t, { 'a.css': text })
  const path = join(dir, 'a.css')
  const kept = statSync(path).mtime
  const first = await build()
  writeFileSync(path, text.replaceAll('line', 'lime'))
  utimesSync(path, kept, kept)
  const second = await build()
  t.is(second.written, 3)
  const tags = (result: typeof first) =>
    result.manifest.assets.flatMap((asset) => [asset.etag, ...asset.encodings.map((made) => made.etag)])
  t.is(new Set([...tags(first), ...tags(second)]).size, 6)
})

test('what went away, and encodings no longer wanted, are removed; nothing else is', async (t) => {
  const { build, dir, cache, list } = site(t, { 'a.css': text, 'b.css': text })
  await build()
  writeFileSync(join(cache, 'stranger.txt'), 'not ours')
  rmSync(join(dir, 'b.css'))
  t.is((await build()).removed, 3)
  t.is((await build(['gzip'])).removed, 1)
  t.deepEqual(list(), ['.postern-assets.json', 'static', 'static/a.css', 'static/a.css.gz', 'stranger.txt'])
})

test('the same content with another date, as after collectstatic, is not compressed again', async (t) => {
  const { build, dir } = site(t, { 'a.css': text })
  const first = await build()
  rmSync(join(dir, 'a.css'))
  writeFileSync(join(dir, 'a.css'), text)
  utimesSync(join(dir, 'a.css'), 1_000_000_000, 1_000_000_000)
  const second = await build()
  t.deepEqual([second.written, second.removed], [0, 0])
  t.deepEqual(second.manifest, first.manifest)
  t.is((await build()).written, 0)
})

test('a hashed copy and what it was made from have the same forms, each with its own dates', async (t) => {
  const { build, dir, cache } = site(t, { 'a.css': text, 'a.0123456789ab.css': text })
  utimesSync(join(dir, 'a.css'), 1_000_000_000, 1_000_000_000)
  t.is((await build()).written, 6)
  const read = (name: string) => readFileSync(join(cache, 'static', name))
  t.deepEqual(read('a.css.br'), read('a.0123456789ab.css.br'))
  t.is(statSync(join(cache, 'static/a.css.br')).mtimeMs, 999_999_999_000)
  t.true(statSync(join(cache, 'static/a.0123456789ab.css.br')).mtimeMs > 1_000_000_000_000)
})

test('a form that was deleted by hand is made again', async (t) => {
  const { build, cache } = site(t, { 'a.css': text })
  await build()
  rmSync(join(cache, 'static/a.css.br'))
  t.is((await build()).written, 3)
})

test('a damaged index only costs time', async (t) => {
  const { build, cache } = site(t, { 'a.css': text })
  await build()
  writeFileSync(join(cache, '.postern-assets.json'), '{"version":1,')
  t.is((await build()).written, 3)
})

test('the forms hold the same content and carry their own mtimes', async (t) => {
  const { build, dir, cache } = site(t, { 'a.css': text })
  const { manifest } = await build()
  const base = Math.floor(statSync(join(dir, 'a.css')).mtimeMs / 1000)
  const seconds = (name: string) => statSync(join(cache, 'static', name)).mtimeMs / 1000
  t.deepEqual([seconds('a.css'), seconds('a.css.br'), seconds('a.css.gz')], [base, base - 1, base - 3])
  t.is(readFileSync(join(cache, 'static/a.css'), 'utf8'), text)
  t.is(manifest.assets[0]?.etag, `"${base.toString(16)}-${text.length.toString(16)}"`)
})

test('zstd forms hold the same content, whoever writes them', async (t) => {
  if (!canZstd()) return t.log('left out: neither this Node.js nor a zstd command writes zstd')
  const { build, cache } = site(t, { 'a.css': text })
  const { manifest } = await build(['zstd'])
  t.deepEqual(
    manifest.assets[0]?.encodings.map(({ encoding }) => encoding),
    ['zstd'],
  )
  const packed = readFileSync(join(cache, 'static/a.css.zst'))
  t.is(packed.readUInt32LE(), 0xfd2fb528)
  const { status, stdout } = spawnSync('zstd', ['-d', '-c'], { input: packed })
  if (status !== null) t.is(String(stdout), text)
})

test('a missing folder is an error that names collectstatic', async (t) => {
  const error = await t.throwsAsync(
    buildAssets({ roots: [{ url: '/static/', dir: '/nowhere/static' }], cache: '/nowhere/cache' }),
  )
  t.regex(error.message, /\/nowhere\/static, which \/static\/ is served from, cannot be read/)
})

test('Django’s manifest names the immutable files', async (t) => {
  const { build } = site(t, {
    'app.css': text,
    'app.css_v2.css': text,
    'staticfiles.json': JSON.stringify({
      paths: { 'app.css': 'app.css_v2.css', 'x.css': 'x.css' },
      version: '1.1',
    }),
  })
  const { manifest } = await build()
  t.deepEqual(
    manifest.assets.filter((asset) => asset.immutable).map((asset) => asset.url),
    ['/static/app.css_v2.css'],
  )
})

const names: [string, boolean][] = [
  ['css/base.27c20196dd70.css', true],
  ['main.5f3759df.js', true],
  ['chunk-ABCD2345.js', true],
  ['main.5f3759df.js.map', true],
  ['report-20240101.csv', false],
  ['deadbeef/app.js', false],
  ['app.deadbeef.js', false],
  ['jquery-3.7.1.min.js', false],
  ['chunk-ABCDEFGH.js', false],
  ['user-settings.js', false],
  ['app.5f3759d.js', false],
]
for (const [name, fingerprinted] of names) {
  test(`${name} is ${fingerprinted ? '' : 'not '}taken for fingerprinted`, (t) => {
    t.is(looksFingerprinted(name), fingerprinted)
  })
}

const manifests: [string, string, string, string[]][] = [
  [
    'vite',
    '.vite/manifest.json',
    '{"src/a.ts":{"file":"assets/a-BRBmoGS9.js","css":["assets/a-x_y-1234.css"]}}',
    ['assets/a-BRBmoGS9.js', 'assets/a-x_y-1234.css'],
  ],
  [
    'create-react-app',
    'asset-manifest.json',
    '{"files":{"main.js":"/static/js/main.5f3759df.js","index.html":"/index.html"}}',
    ['static/js/main.5f3759df.js'],
  ],
  ['a web app manifest', 'manifest.json', '{"name":"x","icons":[{"src":"a.png"}]}', []],
  ['broken JSON', 'staticfiles.json', '{', []],
]
for (const [title, path, content, expected] of manifests) {
  test(`${title}: the names it gives`, (t) => {
    t.deepEqual(namedByManifest({ path, text: content }), expected)
  })
}

test('Vite’s files are immutable without a manifest, what was copied beside them is not', async (t) => {
  const html = `<script type="module" crossorigin src="/app/assets/index-abcdefgh.js"></script>
<link rel="modulepreload" crossorigin href="/app/assets/vendor-DiwrgTda.js"><link rel="stylesheet" crossorigin href="/app/assets/index-D1w_gTda.css">
<link rel="icon" href="/app/assets/logo-Big2Logo.svg">`
  const names = [
    'assets/index-abcdefgh.js',
    'assets/vendor-DiwrgTda.js',
    'assets/About-B3x-9kQz.js',
    'assets/Settings-Overview.js',
  ]
  const files = Object.fromEntries(
    [...names, 'assets/user-settings.js', 'other/About-B3x-9kQz.js'].map((name) => [name, text]),
  )
  const { build } = site(t, { ...files, 'index.html': html })
  const { manifest } = await build()
  t.deepEqual(
    manifest.assets.filter(({ immutable }) => immutable).map(({ url }) => url.slice('/static/'.length)),
    ['assets/About-B3x-9kQz.js', 'assets/index-abcdefgh.js', 'assets/vendor-DiwrgTda.js'],
  )
})

test('names that differ by case alone become regular expressions; a dollar sign stays out', (t) => {
  const asset = (url: string) => ({
    url,
    source: url,
    size: 1,
    hash: '',
    etag: '',
    type: '',
    encodings: [],
    immutable: true,
  })
  const map = assetMap({
    version: 1,
    notes: [],
    assets: ['/a/B.css', '/a/b.css', '/a/c$.css', '/a/d.css'].map(asset),
  })
  t.deepEqual(map, [
    { key: '~^/a/B\\.css\\z', value: '.i' },
    { key: '~^/a/b\\.css\\z', value: '.i' },
    { key: '/a/d.css', value: '.i' },
  ])
  t.deepEqual(mapHash([{ key: 'x'.repeat(32), value: '' }]), { bucketSize: 64, maxSize: 2048 })
  t.deepEqual(mapHash([{ key: 'x'.repeat(33), value: '' }]), { bucketSize: 128, maxSize: 2048 })
})
