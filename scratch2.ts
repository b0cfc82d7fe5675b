import { mkdtempSync, writeFileSync } from 'node:fs'
import { gatewayOptions } from './gateway/options.ts'
import { Dispatcher } from './gateway/pool/dispatch.ts'
import { Pool } from './gateway/pool/pool.ts'
import { openLog } from './gateway/log.ts'
const dir = mkdtempSync('/tmp/g3-')
writeFileSync(dir + '/app.py', `
def application(environ, start_response):
    start_response('200 OK', [('Content-Type','text/plain')])
    return [b'hello']
`)
const options = gatewayOptions.parse({ 'wsgi-file': dir + '/app.py', 'run-dir': dir, python: '/usr/bin/python3', processes: Number(process.argv[2]) })
const d = new Dispatcher({ queueLimit: 1024, queueTimeoutMs: 30000 })
const pool = new Pool(options, d, openLog())
await pool.start()
await new Promise(r => setTimeout(r, 600))
await pool.stop(5000); d.stop()
