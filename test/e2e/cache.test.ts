// Kept answers: made once for many, old while new, refreshed by those who may, never one visitor's for another.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { nginxOrSkip } from '../helpers/nginx.ts'
import { serveApp } from '../helpers/site.ts'

/** Counts what it runs; says what its folder's files tell it to: `hold` waits until it is gone, `fail` answers 500. */
const app = `
import os, time
here = os.path.dirname(os.path.abspath(__file__))
there = lambda name: os.path.exists(os.path.join(here, name))

def application(environ, start_response):
    log = os.open(os.path.join(here, 'ran'), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    number = os.write(log, b'x') and os.fstat(log).st_size
    os.close(log)
    while there('hold'):
        time.sleep(0.01)
    path = environ['PATH_INFO']
    if there('fail'):
        start_response('500 Internal Server Error', [('Content-Type', 'text/plain')])
        return [b'broken']
    headers = [('Content-Type', 'text/plain')]
    if path.endswith('/login'):
        headers.append(('Set-Cookie', 'sessionid=%d' % number))
    if path.endswith('/private'):
        headers.append(('Cache-Control', 'private'))
    if path.endswith('/language'):
        headers.append(('Vary', 'Accept-Language'))
    if environ['REQUEST_SCHEME'] != 'https' and path.endswith('/secure'):
        start_response('301 Moved Permanently', [('Location', 'https://%s%s' % (environ['HTTP_HOST'], path))])
        return [b'']
    start_response('200 OK', headers)
    return [b'%d' % number]
`

async function news(t: ExecutionContext, cache: object, more: object = {}) {
  const served = await serveApp(
    t,
    { gateway: { processes: 1, threads: 4 }, routes: [{ name: 'news', path: '/news/', cache }], ...more },
    { 'app.py': app },
  )
  const file = (name: string) => join(served.folder, name)
  const get = async (path = '/news/', headers: Record<string, string> = {}) => {
    const reply = await served.ask(path, { headers })
    return { text: reply.text, status: reply.status, cache: reply.headers['x-cache'], headers: reply.headers }
  }
  return {
    ...served,
    get,
    ran: () => (existsSync(file('ran')) ? readFileSync(file('ran')).length : 0),
    file,
  }
}

const until = async (what: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await what())) await new Promise((done) => setTimeout(done, 10))
}

test('thirty who ask at once make the application work once', async (t) => {
  if (!nginxOrSkip(t)) return
  const { get, ran, file } = await news(t, { for: '1h' })
  writeFileSync(file('hold'), '')
  const all = Promise.all(Array.from({ length: 30 }, () => get()))
  await until(() => ran() === 1)
  rmSync(file('hold'))
  const answers = await all
  t.is(ran(), 1)
  t.deepEqual(new Set(answers.map(({ text }) => text)), new Set(['1']))
})

test('an old answer is served while a new one is made, and while the application fails', async (t) => {
  if (!nginxOrSkip(t)) return
  const { get, ran, file } = await news(t, { for: '1s', stale: '1h' })
  t.is((await get()).text, '1')
  await until(async () => (await get()).cache === 'STALE')
  await until(() => ran() === 2)
  await until(async () => (await get()).text === '2')
  writeFileSync(file('fail'), '')
  await until(async () => {
    const during = await get()
    t.deepEqual([during.status, during.text], [200, '2'])
    return ran() > 3
  })
})

test('answers with cookies, private answers and varying ones are nobody else’s', async (t) => {
  if (!nginxOrSkip(t)) return
  const { get } = await news(t, { for: '1h' })
  t.not((await get('/news/login')).text, (await get('/news/login')).text)
  t.not((await get('/news/private')).text, (await get('/news/private')).text)
  const german = await get('/news/language', { 'accept-language': 'de' })
  t.is((await get('/news/language', { 'accept-language': 'de' })).text, german.text)
  t.not((await get('/news/language', { 'accept-language': 'fr' })).text, german.text)
  const kept = await get()
  t.is((await get()).text, kept.text)
  t.not((await get('/news/', { cookie: 'sessionid=1' })).text, kept.text)
  t.not((await get('/news/', { host: 'other.example' })).text, kept.text)
  t.is((await get()).text, kept.text, 'what a visitor with a cookie saw is not kept')
})

test('a refresh stores the new answer, from those who may only', async (t) => {
  if (!nginxOrSkip(t)) return
  const open = await news(t, { for: '1h', purgeHeader: 'X-Refresh', purgeFrom: ['unix:'] })
  t.is((await open.get()).text, '1')
  t.is((await open.get('/news/', { 'x-refresh': '1' })).text, '2')
  t.is((await open.get()).text, '2')
  const closed = await news(t, { for: '1h', purgeHeader: 'X-Refresh', purgeFrom: ['192.0.2.1'] })
  t.is((await closed.get()).text, '1')
  t.is((await closed.get('/news/', { 'x-refresh': '1' })).text, '1')
})

test('behind a proxy http and https are kept apart: a redirect to https does not lead to itself', async (t) => {
  if (!nginxOrSkip(t)) return
  const { get } = await news(t, { for: '1h' }, { realIp: { from: ['unix:'] } })
  t.is((await get('/news/secure')).status, 301)
  t.is((await get('/news/secure')).cache, 'HIT')
  t.is((await get('/news/secure', { 'x-forwarded-proto': 'https' })).status, 200)
})
