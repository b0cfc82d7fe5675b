import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { StaticMap, type StaticOptions } from '../../../gateway/listen/static.ts'
import { type Ask, ask, type Reply, tempFolder } from '../../helpers/nginx.ts'

/** A tree with files to serve, files not to serve, and links out of it. */
async function serve(
  t: ExecutionContext,
  options: (folder: string) => Partial<StaticOptions>,
): Promise<(path: string, asked?: Ask) => Promise<Reply>> {
  const folder = tempFolder('static')
  for (const name of ['www/deep', 'www/docs', 'private']) mkdirSync(join(folder, name), { recursive: true })
  const files = {
    'www/a.css': 'a{}',
    'www/deep/b c.txt': 'spaced',
    'www/docs/index.html': '<p>',
    'www/app.py': 'SECRET',
    'www/.env': 'SECRET',
    'private/key': 'SECRET',
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  symlinkSync(join(folder, 'private/key'), join(folder, 'www/link'))
  symlinkSync(join(folder, 'www/a.css'), join(folder, 'www/inner'))
  const map = new StaticMap({ 'static-map': [], ...options(folder) })
  const app = (response: import('node:http').ServerResponse) => void response.end('app')
  const server = createServer((request, response) => {
    if (!map.serve(request, response, () => app(response))) app(response)
  })
  const socket = join(folder, 's')
  await new Promise<void>((done) => server.listen(socket, done))
  t.teardown(() => {
    server.close()
    rmSync(folder, { recursive: true })
  })
  return (path, asked) => ask(socket, path, asked)
}

const www = (folder: string) => ({ 'static-map': [`/s=${join(folder, 'www')}`] })

test('a file is served with type, validators and ranges', async (t) => {
  const get = await serve(t, www)
  const { headers, text } = await get('/s/a.css')
  t.is(text, 'a{}')
  t.regex(headers['content-type'] ?? '', /text\/css/)
  t.is((await get('/s/a.css', { headers: { 'if-none-match': headers.etag as string } })).status, 304)
  const part = await get('/s/a.css', { headers: { range: 'bytes=1-1' } })
  t.is(part.status, 206)
  t.is(part.text, '{')
  t.is((await get('/s/deep/b%20c.txt?v=1')).text, 'spaced')
})

for (const path of [
  '/s/../private/key',
  '/s/..%2fprivate/key',
  '/s/%2e%2e/private/key',
  '/s/deep/..%2f..%2f..%2fprivate/key',
  '/s/link',
  '/s/.env',
  '/s/%2eenv',
  '/s/a.css%00',
  '/s/%zz',
  '/s/none',
  '/s/deep',
  '/sa.css',
  '/s//etc/passwd',
]) {
  test(`${path} is the application’s`, async (t) => {
    t.is((await (await serve(t, www))(path)).text, 'app')
  })
}

test('a link inside the folder is followed, one out of it only where that is safe', async (t) => {
  t.is((await (await serve(t, www))('/s/inner')).text, 'a{}')
  const get = await serve(t, (folder) => ({ ...www(folder), 'static-safe': [join(folder, 'private')] }))
  t.is((await get('/s/link')).text, 'SECRET')
})

test('static-map2 keeps the mount, static-map can be one file', async (t) => {
  const get = await serve(t, (folder) => ({
    'static-map2': [`/www=${folder}`],
    'static-map': [`/one=${join(folder, 'www/a.css')}`],
  }))
  t.is((await get('/www/a.css')).text, 'a{}')
  t.is((await get('/one')).text, 'a{}')
  t.is((await get('/one/more')).text, 'app')
})

test('check-static serves what is there, never the sources beside it', async (t) => {
  const get = await serve(t, (folder) => ({ 'check-static': [join(folder, 'www')] }))
  t.is((await get('/a.css')).text, 'a{}')
  t.is((await get('/app.py')).text, 'app')
  t.is((await get('/page')).text, 'app')
})

test('static-index serves a folder, after its slash', async (t) => {
  const get = await serve(t, (folder) => ({ ...www(folder), 'static-index': ['index.html'] }))
  t.is((await get('/s/docs/')).text, '<p>')
  const { status, headers } = await get('/s/docs')
  t.is(status, 301)
  t.is(headers.location, '/s/docs/')
  t.is((await get('/s/deep/')).text, 'app')
})

test('static-expires sets the age of what matches', async (t) => {
  const get = await serve(t, (folder) => ({ ...www(folder), 'static-expires': ['\\.css$ 3600'] }))
  t.is((await get('/s/a.css')).headers['cache-control'], 'public, max-age=3600')
  t.is((await get('/s/deep/b%20c.txt')).headers['cache-control'], 'public, max-age=0')
})

test('other methods are the application’s', async (t) => {
  t.is((await (await serve(t, www))('/s/a.css', { method: 'POST' })).text, 'app')
})
