// Files on the HTTP listener: hostile paths, links, and the options beside static-map.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { StaticMap } from '../../../gateway/listen/static.ts'
import { answerEcho } from '../../helpers/echo.ts'
import { serve } from '../../helpers/listening.ts'
import { type Ask, ask, tempFolder } from '../../helpers/nginx.ts'

async function site(t: ExecutionContext, more: (folder: string) => object = () => ({})) {
  const folder = tempFolder('static')
  const files = join(folder, 'files')
  mkdirSync(join(files, 'sub'), { recursive: true })
  mkdirSync(join(folder, 'elsewhere'))
  writeFileSync(join(folder, 'secret.txt'), 'secret')
  writeFileSync(join(folder, 'elsewhere/a.txt'), 'elsewhere')
  writeFileSync(join(files, 'a.css'), 'body { color: red }')
  writeFileSync(join(files, 'sp ace é.txt'), 'spaced')
  writeFileSync(join(files, '.hidden'), 'hidden')
  writeFileSync(join(files, 'sub/index.html'), '<p>index')
  symlinkSync('../secret.txt', join(files, 'link.txt'))
  symlinkSync('../elsewhere', join(files, 'out'))
  const { path } = await serve(t, answerEcho, { 'static-map': [`/static=${files}`], ...more(folder) })
  return (target: string, options?: Ask) => ask(path, target, options)
}
const isApplication = (text: string): boolean => text.startsWith('{"environ"')

test('a file comes with type, length and validators', async (t) => {
  const get = await site(t)
  const reply = await get('/static/a.css?v=1')
  t.is(reply.status, 200)
  t.is(reply.text, 'body { color: red }')
  t.regex(reply.headers['content-type'] ?? '', /^text\/css/)
  t.is(reply.headers['content-length'], '19')
  const { etag, 'last-modified': modified } = reply.headers
  t.is((await get('/static/a.css', { headers: { 'if-none-match': etag as string } })).status, 304)
  t.is((await get('/static/a.css', { headers: { 'if-modified-since': modified as string } })).status, 304)
})

test('ranges are served, impossible ones refused', async (t) => {
  const get = await site(t)
  const part = await get('/static/a.css', { headers: { range: 'bytes=5-9' } })
  t.is(part.status, 206)
  t.is(part.text, '{ col')
  t.is(part.headers['content-range'], 'bytes 5-9/19')
  t.is((await get('/static/a.css', { headers: { range: 'bytes=100-' } })).status, 416)
})

test('HEAD has the head only', async (t) => {
  const get = await site(t)
  const reply = await get('/static/a.css', { method: 'HEAD' })
  t.is(reply.headers['content-length'], '19')
  t.is(reply.text, '')
})

test('encoded names are found', async (t) => {
  const get = await site(t)
  t.is((await get('/static/sp%20ace%20%C3%A9.txt')).text, 'spaced')
})

for (const target of [
  '/static/../secret.txt',
  '/static/%2e%2e/secret.txt',
  '/static/..%2fsecret.txt',
  '/static/sub/../../secret.txt',
  '/static/link.txt',
  '/static/out/a.txt',
  '/static/.hidden',
  '/static/%00',
  '/static//etc/passwd',
  '/staticfoo/a.css',
]) {
  test(`${target} is no file of the site`, async (t) => {
    const get = await site(t)
    const reply = await get(target)
    t.false(/secret|elsewhere|hidden|root:/.test(isApplication(reply.text) ? '' : reply.text))
    t.true(isApplication(reply.text) || reply.status >= 400)
  })
}

test('what is not there, folders, and other methods are for the application', async (t) => {
  const get = await site(t)
  t.true(isApplication((await get('/static/none.css')).text))
  t.true(isApplication((await get('/static/sub/')).text))
  t.true(isApplication((await get('/static/a.css', { method: 'POST' })).text))
  t.true(isApplication((await get('/other')).text))
})

test('static-index names the file of a folder', async (t) => {
  const get = await site(t, () => ({ 'static-index': ['index.html'] }))
  t.is((await get('/static/sub/')).text, '<p>index')
})

test('static-safe allows links into a folder', async (t) => {
  const get = await site(t, (folder) => ({ 'static-safe': [join(folder, 'elsewhere')] }))
  t.is((await get('/static/out/a.txt')).text, 'elsewhere')
  t.true(isApplication((await get('/static/link.txt')).text))
})

test('static-map2 keeps the prefix, check-static looks everywhere, a map may be one file', async (t) => {
  const get = await site(t, (folder) => ({
    'static-map': [`/favicon.ico=${folder}/files/a.css`],
    'static-map2': [`/sub=${folder}/files`],
    'check-static': [`${folder}/elsewhere`],
    'static-index': ['index.html'],
  }))
  t.is((await get('/sub/index.html')).text, '<p>index')
  t.is((await get('/a.txt')).text, 'elsewhere')
  t.is((await get('/favicon.ico')).text, 'body { color: red }')
  t.true(isApplication((await get('/b.txt')).text))
})

test('static-expires says how long a path may be cached', async (t) => {
  const get = await site(t, () => ({ 'static-expires': ['\\.css$ 3600'] }))
  t.is((await get('/static/a.css')).headers['cache-control'], 'public, max-age=3600')
  t.is((await get('/static/sp%20ace%20%C3%A9.txt')).headers['cache-control'], 'public, max-age=0')
})

test('entries that are none are errors at start', (t) => {
  t.throws(() => new StaticMap({ 'static-map': ['static'] }), { code: 'STATIC_BAD_MAP' })
  t.throws(() => new StaticMap({ 'static-expires': ['[ 3'] }), { code: 'STATIC_BAD_EXPIRES' })
  t.throws(() => new StaticMap({ 'static-expires': ['forever'] }), { code: 'STATIC_BAD_EXPIRES' })
})
