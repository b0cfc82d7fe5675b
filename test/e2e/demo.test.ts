// The main job, end to end: the demo Django project behind nginx, njs, the socket, the gateway and Python workers.
// One site for the whole page, started by `postern up` as a user would.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import anyTest, { type TestFn } from 'ava'
import { withPage } from '../helpers/browser.ts'
import { ask as askAt, type Reply, tempFolder } from '../helpers/nginx.ts'
import { freePort, repository, startUp, type UpSite } from '../helpers/up.ts'

type Ask = (path: string, options?: Parameters<typeof askAt>[2]) => Promise<Reply>
type Context = { port: number; folder: string; site: UpSite; ask: Ask }
const test = anyTest.serial as TestFn<Context>

const python = process.env.POSTERN_PYTHON ?? '/usr/bin/python3'

let shared: Context
test.before(async () => {
  const folder = tempFolder('demo')
  const port = await freePort()
  const source = join(repository, 'examples/mysite')
  cpSync(source, folder, { recursive: true, filter: (path) => !/\/(var|out|__pycache__)$/.test(path) })
  const env = { POSTERN_PYTHON: python, MYSITE_VAR: join(folder, 'var') }
  execFileSync(process.execPath, ['prepare.mjs'], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: 'pipe',
  })
  const site = startUp(['--port', String(port)], { cwd: folder, env })
  shared = { port, folder, site, ask: (path, options) => askAt(`127.0.0.1:${port}`, path, options) }
  await site.until(`http://localhost:${port}`)
})

test.beforeEach((t) => {
  t.context = shared
})

test.after.always(async () => {
  if (!shared) return
  shared.site.child.kill('SIGTERM')
  await shared.site.ended
  if (!process.env.POSTERN_TEST_LEAVE) rmSync(shared.folder, { recursive: true, force: true })
})

/** Processes below the site whose command line matches. */
function processes(t: Context, pattern: RegExp): number[] {
  const rows = execFileSync('ps', ['-eo', 'pid,ppid,args'], { encoding: 'utf8' })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, pid, parent, args]) => ({ pid: Number(pid), parent: Number(parent), args: args as string }))
  const below = new Set([t.site.child.pid as number])
  for (let grown = true; grown; ) {
    grown = false
    for (const row of rows) {
      if (below.has(row.parent) && !below.has(row.pid)) {
        below.add(row.pid)
        grown = true
      }
    }
  }
  return rows.filter((row) => below.has(row.pid) && pattern.test(row.args)).map((row) => row.pid)
}

const gatewayPid = (t: Context) => processes(t, /gateway\.mjs/)[0] as number
const rssMib = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

/** Chunks of a GET as they arrive. */
function stream(port: number, path: string, onChunk: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest({ port, path, headers: { host: 'localhost' }, agent: false }, (response) => {
      response.on('data', onChunk)
      response.on('error', reject)
      response.on('end', () => resolve())
    })
    asked.on('error', reject)
    asked.end()
  })
}

const cookies = (reply: Reply) =>
  (reply.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ')
const csrfToken = (reply: Reply) =>
  /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(reply.text)?.[1] as string

test('the front page is Django’s', async (t) => {
  const { status, text } = await t.context.ask('/')
  t.is(status, 200)
  t.regex(text, /made by Django \d/)
})

test('the admin login works to a 302, then a 200 with the index', async (t) => {
  const { ask } = t.context
  const form = await ask('/admin/login/?next=/admin/')
  const headers = { cookie: cookies(form), 'content-type': 'application/x-www-form-urlencoded' }
  const fields = { csrfmiddlewaretoken: csrfToken(form), username: 'demo', password: 'demo', next: '/admin/' }
  const body = new URLSearchParams(fields).toString()
  const login = await ask('/admin/login/?next=/admin/', { method: 'POST', headers, body })
  t.is(login.status, 302)
  const index = await ask('/admin/', { headers: { cookie: cookies(login) } })
  t.is(index.status, 200)
  t.regex(index.text, /Site administration/)
  const bare = await ask('/admin/login/', { method: 'POST', headers: { ...headers, cookie: '' }, body })
  t.is(bare.status, 403, 'a form without its cookie is refused')
})

test('the admin looks right in a browser: its style sheets are loaded', async (t) => {
  await withPage(t, { viewport: { width: 1100, height: 800 } }, async (page) => {
    const failed: string[] = []
    page.on('response', (response) => {
      if (response.status() >= 400) failed.push(`${response.status()} ${response.url()}`)
    })
    await page.goto(`http://localhost:${t.context.port}/admin/`)
    await page.fill('#id_username', 'demo')
    await page.fill('#id_password', 'demo')
    await page.click('input[type=submit]')
    await page.waitForSelector('#content-main')
    const styles = await page.evaluate(() => {
      // biome-ignore lint/suspicious/noExplicitAny: runs in the browser, whose types the gateway's tsconfig leaves out
      const { document, getComputedStyle } = globalThis as any
      const header = getComputedStyle(document.querySelector('#header'))
      return { background: header.backgroundColor, sheets: document.styleSheets.length as number }
    })
    t.is(styles.background, 'rgb(65, 118, 144)', 'Django’s own header colour')
    t.true(styles.sheets >= 2)
    t.deepEqual(failed, [])
    if (process.env.POSTERN_TEST_LEAVE) await page.screenshot({ path: '/tmp/postern-admin.png' })
  })
})

test('static files come precompressed, with the right type, encoding and Vary', async (t) => {
  const original = readFileSync(join(t.context.folder, 'var/static/admin/css/base.css'))
  const forms: [string, string | undefined, (bytes: Buffer) => Buffer][] = [
    ['br, gzip', 'br', brotliDecompressSync],
    ['gzip', 'gzip', gunzipSync],
    ['br;q=0, gzip;q=0.5', 'gzip', gunzipSync],
    ['identity', undefined, (bytes) => bytes],
  ]
  for (const [accept, encoding, decode] of forms) {
    const reply = await t.context.ask('/static/admin/css/base.css', {
      headers: { 'accept-encoding': accept },
    })
    t.is(reply.status, 200, accept)
    t.is(reply.headers['content-encoding'], encoding, accept)
    t.regex(reply.headers['content-type'] ?? '', /^text\/css/)
    t.regex(String(reply.headers.vary), /accept-encoding/i)
    t.true(decode(reply.body).equals(original), accept)
  }
})

test('an upload of 64 MiB arrives byte for byte without passing through the gateway’s memory', async (t) => {
  const { ask, folder } = t.context
  const file = Buffer.alloc(64 * 1024 * 1024)
  for (let at = 0; at < file.length; at += 4) file.writeUInt32LE(Math.imul(at, 2654435761) >>> 0, at)
  const form = await ask('/upload')
  const field = `--b\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n${csrfToken(form)}\r\n`
  const head = `${field}--b\r\nContent-Disposition: form-data; name="file"; filename="big.bin"\r\n\r\n`
  const headers = { cookie: cookies(form), 'content-type': 'multipart/form-data; boundary=b' }
  const post = (bytes: Buffer) => {
    const body = Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n--b--\r\n')])
    return ask('/upload?json', { method: 'POST', headers, body })
  }
  t.is((await post(Buffer.from('small'))).status, 200)
  const before = rssMib(gatewayPid(t.context))
  const reply = await post(file)
  const grown = rssMib(gatewayPid(t.context)) - before
  t.is(reply.status, 200, reply.text.slice(0, 300))
  const { size, sha256, url } = JSON.parse(reply.text)
  t.is(size, file.length)
  t.is(sha256, createHash('sha256').update(file).digest('hex'))
  t.true(grown < 30, `the gateway grew by ${grown.toFixed(1)} MiB`)
  const part = await ask(url, { headers: { range: 'bytes=1048576-1048591' } })
  t.is(part.status, 206, 'nginx serves it from the media folder')
  t.true(part.body.equals(file.subarray(1048576, 1048592)))
  rmSync(join(folder, 'var/media/uploads'), { recursive: true, force: true })
  mkdirSync(join(folder, 'var/media/uploads'), { recursive: true })
})

test('a streamed response of 100 MiB arrives whole without passing through the gateway’s memory', async (t) => {
  await stream(t.context.port, '/stream?mb=1', () => {})
  const pid = gatewayPid(t.context)
  const before = rssMib(pid)
  const block = Buffer.from(Array.from({ length: 65_536 }, (_, n) => n % 256))
  const wanted = createHash('sha256')
  for (let n = 0; n < 1600; n++) wanted.update(block)
  const got = createHash('sha256')
  let most = 0
  await stream(t.context.port, '/stream?mb=100', (chunk) => {
    got.update(chunk)
    most = Math.max(most, rssMib(pid))
  })
  t.is(got.digest('hex'), wanted.digest('hex'))
  t.true(most - before < 30, `the gateway grew by ${(most - before).toFixed(1)} MiB`)
})

test('the author’s own route function sends a cookie to the canary', async (t) => {
  const plain = await t.context.ask('/canary')
  const canary = await t.context.ask('/canary', { headers: { cookie: 'canary=1' } })
  t.regex(plain.text, /today/)
  t.regex(canary.text, /tomorrow/)
})

test('a page that streams arrives line by line', async (t) => {
  const chunks: string[] = []
  await stream(t.context.port, '/stream', (chunk) => chunks.push(chunk.toString()))
  t.is(chunks.join(''), Array.from({ length: 10 }, (_, n) => `line ${n + 1}\n`).join(''))
  t.true(chunks.length > 3, 'in several pieces')
})

test('a worker killed with -9 is replaced, and the log says so', async (t) => {
  const pid = Number((await t.context.ask('/pid')).text)
  process.kill(pid, 'SIGKILL')
  await t.context.site.until(new RegExp(`${pid}.*(SIGKILL|signal 9)|(SIGKILL|signal 9).*${pid}`))
  const again = await t.context.ask('/pid')
  t.is(again.status, 200)
  t.not(Number(again.text), pid)
})

test('with the gateway away njs answers 503, as a page or as problem+json; its return heals', async (t) => {
  const { ask, site } = t.context
  process.kill(gatewayPid(t.context), 'SIGKILL')
  await site.until('the gateway ended')
  const page = await ask('/', { headers: { accept: 'text/html' } })
  t.is(page.status, 503)
  t.regex(page.headers['content-type'] ?? '', /^text\/html/)
  t.truthy(page.headers['retry-after'])
  const problem = await ask('/', { headers: { accept: 'application/json' } })
  t.is(problem.status, 503)
  t.regex(problem.headers['content-type'] ?? '', /^application\/problem\+json/)
  t.is(JSON.parse(problem.text).status, 503)
  t.is((await ask('/static/admin/css/base.css')).status, 200, 'static files do not need the gateway')
  await site.until('the gateway is back')
  t.is((await ask('/')).status, 200)
})

test('Ctrl-C stops both and leaves nothing behind', async (t) => {
  const { site, folder } = t.context
  const family = processes(t.context, /./)
  t.true(family.length >= 4, 'up, nginx with its worker, gateway, template, worker')
  site.child.kill('SIGINT')
  t.is(await site.ended, 0, site.said())
  const left = family.filter((pid) => {
    try {
      return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
    } catch {
      return false
    }
  })
  t.deepEqual(left, [])
  t.is(execFileSync('find', [folder, '-type', 's'], { encoding: 'utf8' }), '')
})
