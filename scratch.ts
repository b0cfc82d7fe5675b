import { mkdtempSync, writeFileSync } from 'node:fs'
import { gatewayOptions } from './gateway/options.ts'
import { Dispatcher } from './gateway/pool/dispatch.ts'
import { Pool } from './gateway/pool/pool.ts'
import { openLog } from './gateway/log.ts'
import { FakeExchange } from './test/helpers/exchange.ts'
const dir = mkdtempSync('/tmp/g3-')
writeFileSync(dir + '/app.py', `
import time
def application(environ, start_response):
    if environ['PATH_INFO'] == '/sleep': time.sleep(0.2)
    start_response('200 OK', [('Content-Type','text/plain')])
    return [b'hello']
`)
const options = gatewayOptions.parse({ 'wsgi-file': dir + '/app.py', 'run-dir': dir, python: '/usr/bin/python3', processes: 2 })
const d = new Dispatcher({ queueLimit: 1024, queueTimeoutMs: 30000 })
const log = openLog()
const pool = new Pool(options, d, log)
await pool.start()
const e = new FakeExchange('/x'); d.submit(e); await e.over
console.log(e.head, e.text)
const t0 = performance.now()
let n = 0
await Promise.all(Array.from({ length: 32 }, async () => { for (let i = 0; i < 1000; i++) { const e = new FakeExchange('/x'); d.submit(e); await e.over; if (e.status !== 200) console.log(e.status, e.aborted, e.refused); n++ } }))
console.log(n, 'in', performance.now() - t0)
const slow = new FakeExchange('/sleep', { costKey: 7 })
const t1 = performance.now()
d.submit(slow)
const fast = Array.from({ length: 8 }, () => new FakeExchange('/y', { costKey: 7 }))
for (const f of fast) d.submit(f)
await Promise.all(fast.map((f) => f.over))
console.log('fast in', performance.now() - t1, 'giveback', d.tally.giveBacksAsked, d.tally.requeued)
await slow.over
console.log('slow in', performance.now() - t1)
console.log(await pool.reload())
await pool.stop(5000); d.stop(); console.log('stopped', d.tally)
