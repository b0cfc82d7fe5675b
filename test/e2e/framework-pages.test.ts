// Django, Flask and Bottle: the pages real sites have, the same through each protocol.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { startWays } from '../conformance/servers.ts'
import { ask } from '../helpers/nginx.ts'

const folder = join(import.meta.dirname, '../fixtures/frameworks')
const python = process.env.POSTERN_PYTHON ?? '/usr/bin/python3'

const installed = (name: string): boolean => {
  try {
    execFileSync(python, ['-c', `import ${name}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const multipart = (data: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from('--xx\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'),
    data,
    Buffer.from('\r\n--xx--\r\n'),
  ])

for (const name of ['django', 'flask', 'bottle'])
  test(`${name} forms, uploads, streams, cookies and files work through every protocol`, async (t) => {
    if (!installed(name)) {
      t.log(`skipped: ${name} is not installed for ${python}`)
      t.pass()
      return
    }
    const module = `${name}_site`
    const started = await startWays({ module, chdir: folder })
    t.teardown(() => started.stop())
    for (const { name: way, address } of started.ways) {
      const get = (path: string, options = {}) => ask(address, path, options)
      t.is((await get('/hello/caf%C3%A9?q=%E2%86%92')).text, 'hello café, →', way)

      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      t.is((await get('/form', { method: 'POST', headers, body: 'text=a%26b' })).text, 'form a&b', way)

      const data = Buffer.alloc(3_000_000, `${way} of ${name} `)
      const sent = await get('/upload', {
        method: 'POST',
        headers: { 'content-type': 'multipart/form-data; boundary=xx' },
        body: multipart(data),
      })
      t.is(sent.text, `${data.length} ${createHash('sha1').update(data).digest('hex')}`, way)

      t.is((await get('/stream')).text, 'line 0\nline 1\nline 2\n', way)
      const away = await get('/away')
      t.true(away.status === 302 || away.status === 303, `${way}: ${away.status}`)
      t.regex(String(away.headers.location), /\/hello\/there$/, way)

      const cookies = await get('/cookies', { headers: { cookie: 'b=1; a=2' } })
      t.is(cookies.text, 'seen a,b', way)
      t.deepEqual(
        cookies.headers['set-cookie']?.map((cookie) => cookie.split(';')[0]),
        ['one=1', 'two=2'],
        way,
      )

      const file = await get('/file')
      t.true(file.body.equals(readFileSync(join(folder, `${module}.py`))), way)
      t.is((await get('/nowhere')).status, 404, way)
      const boom = await get('/boom')
      t.is(boom.status, 500, way)
      t.notRegex(boom.text, /secret|Traceback/, way)
    }
    t.regex(started.log(), /GET \/boom.*: the application raised RuntimeError in .*_site\.py:\d+ boom\n/)
  })
