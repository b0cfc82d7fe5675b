// The gateway alone on a TCP port, as `--http :8000` is used: Debian's frameworks, large uploads, files, the access log.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import test from 'ava'
import { type Gateway, startGateway } from '../../gateway/index.ts'
import { apps, frameworks } from '../helpers/frameworks.ts'
import { python, testLog } from '../helpers/gateway.ts'
import { tempFolder } from '../helpers/nginx.ts'

const folder = tempFolder('direct')
const gateways: Gateway[] = []
const logs: Record<string, ReturnType<typeof testLog>> = {}
const origins: Record<string, string> = {}

test.before(async () => {
  mkdirSync(join(folder, 'static'))
  writeFileSync(join(folder, 'static/site.css'), 'body{}')
  for (const [name, { options }] of Object.entries(frameworks)) {
    const log = testLog()
    const common = { http: ['127.0.0.1:0'], python, 'run-dir': join(folder, name), threads: 2, chdir: apps }
    const files = { 'static-map': [`/static=${join(folder, 'static')}`] }
    const gateway = await startGateway({ ...common, ...files, ...options }, { log })
    gateways.push(gateway)
    logs[name] = log
    origins[name] = `http://${gateway.addresses[0]}`
  }
})

test.after.always(async () => {
  for (const gateway of gateways) await gateway.stop(2_000)
  rmSync(folder, { recursive: true, force: true })
})

/** A POST whose length is not said beforehand. */
async function postChunked(
  url: string,
  type: string,
  pieces: Buffer[],
): Promise<{ status: number; text: string }> {
  const asked = request(url, { method: 'POST', agent: false, headers: { 'content-type': type } })
  for (const piece of pieces) asked.write(piece)
  asked.end()
  const answer = await new Promise<IncomingMessage>((resolve, reject) =>
    asked.on('response', resolve).on('error', reject),
  )
  let text = ''
  for await (const piece of answer) text += piece
  return { status: answer.statusCode ?? 0, text }
}

for (const [name, { greeting }] of Object.entries(frameworks)) {
  test(`${name} without nginx: a page, a form, a page that is not there`, async (t) => {
    const page = await fetch(`${origins[name]}/`)
    t.is(await page.text(), greeting)
    const form = await fetch(`${origins[name]}/echo`, {
      method: 'POST',
      body: new URLSearchParams({ name: 'zoë & co' }),
    })
    t.is(((await form.json()) as { name: string }).name, 'zoë & co')
    t.is((await fetch(`${origins[name]}/none`)).status, 404)
  })

  for (const [size, padding] of [
    ['small', 100],
    // Bottle refuses forms from 100 KiB on, newer Flasks from 500 kB on.
    ['large', name === 'bottle' ? 99_000 : 400_000],
  ] as const) {
    test(`${name} without nginx reads a ${size} form that comes in chunks`, async (t) => {
      const pieces = [Buffer.from(`pad=${'x'.repeat(padding)}`), Buffer.from('&name=zo%C3%AB')]
      const form = await postChunked(`${origins[name]}/echo`, 'application/x-www-form-urlencoded', pieces)
      t.is(form.status, 200, form.text)
      t.is(JSON.parse(form.text).name, 'zoë')
    })
  }
}

test('a file that is served without a worker is in the access log', async (t) => {
  const answer = await fetch(`${origins.flask}/static/site.css?v=1`)
  t.is(await answer.text(), 'body{}')
  const { lines } = logs.flask as ReturnType<typeof testLog>
  while (!lines.some((line) => line.includes('/static/site.css'))) await new Promise(setImmediate)
  t.regex(
    lines.join('\n'),
    /127\.0\.0\.1 - - \[[^\]]+\] "GET \/static\/site\.css\?v=1 HTTP\/1\.1" 200 \d{3} .* worker=-/,
  )
})

test('a folder under static-map without an index is the application’s answer, logged once', async (t) => {
  t.is((await fetch(`${origins.bottle}/static/none.css`)).status, 404)
  const { lines } = logs.bottle as ReturnType<typeof testLog>
  while (!lines.some((line) => line.includes('/static/none.css'))) await new Promise(setImmediate)
  const found = lines.filter((line) => line.includes('/static/none.css'))
  t.is(found.length, 1)
  t.regex(found[0] ?? '', /worker=1$/)
})
