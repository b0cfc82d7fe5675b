import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type LogOptions, openLog, openLogs } from '../../gateway/log.ts'
import { gatewayOptions } from '../../gateway/options.ts'
import { tempFolder } from '../helpers/nginx.ts'

function logFile(t: ExecutionContext, options: LogOptions = {}) {
  const folder = tempFolder('log')
  t.teardown(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'a.log')
  const read = () => readFileSync(path, 'utf8')
  return { folder, path, read, open: () => openLog({ path, ...options }) }
}

test('a log is appended to, with log-truncate begun anew', (t) => {
  const { path, read, open } = logFile(t)
  writeFileSync(path, 'old\n')
  const log = open()
  log.access('new')
  log.close()
  t.is(read(), 'old\nnew\n')
  openLog({ path, truncate: true }).close()
  t.is(read(), '')
})

test('log-date is a strftime format', (t) => {
  const { read, open } = logFile(t, { date: '[%Y]' })
  const log = open()
  log.info('hello', { a: 1 })
  log.close()
  t.is(read(), `[${new Date().getFullYear()}] info hello a=1\n`)
})

test('a log over log-maxsize is moved away, and no line is lost', (t) => {
  const { folder, open } = logFile(t, { maxBytes: 100 })
  const log = open()
  for (let line = 0; line < 20; line++) log.info(`line ${line}`)
  log.close()
  const names = readdirSync(folder)
  t.true(names.length > 3)
  t.true(names.every((name) => /^a\.log(\.\d+)*$/.test(name)))
  const all = names.map((name) => readFileSync(join(folder, name), 'utf8')).join('')
  for (let line = 0; line < 20; line++) t.true(all.includes(`line ${line}\n`))
})

test('rotate moves the file to log-backupname', (t) => {
  const { folder, path, read } = logFile(t)
  const log = openLog({ path, backupName: join(folder, 'old.log') })
  log.access('one')
  log.rotate()
  log.access('two')
  log.close()
  t.is(readFileSync(join(folder, 'old.log'), 'utf8'), 'one\n')
  t.is(read(), 'two\n')
})

test('standard error cannot be rotated and does not mind', (t) => {
  const log = openLog({ maxBytes: 1 })
  t.notThrows(() => log.rotate())
  log.close()
})

test('a log that cannot be opened is the operator’s to repair', (t) => {
  const error = t.throws(() => openLog({ path: '/nonexistent/a.log' }))
  t.like(error, { code: 'FILE_NOT_WRITABLE', exitCode: 2 })
})

test('the access log has a file of its own, reopened with the other', (t) => {
  const { folder, path, read } = logFile(t)
  const requests = join(folder, 'requests.log')
  const log = openLogs(gatewayOptions.parse({ logto: path, 'req-logto': requests, 'log-date': '-' }))
  log.info('event')
  log.access('request')
  log.flush()
  renameSync(requests, `${requests}.1`)
  log.reopen()
  log.access('second')
  log.close()
  t.is(read(), '- info event\n')
  t.is(readFileSync(`${requests}.1`, 'utf8'), 'request\n')
  t.is(readFileSync(requests, 'utf8'), 'second\n')
})

test('an access log that cannot be written is told by its own name', (t) => {
  const options = gatewayOptions.parse({ 'req-logto': '/nowhere/at/all.log' })
  t.throws(() => openLogs(options), { message: /^req-logto: \/nowhere\/at\/all\.log cannot be written/ })
})

test('JSON lines an application has written stay as they are', (t) => {
  const { read, open } = logFile(t, { json: true })
  const log = open()
  log.output(Buffer.from('Traceback:\n  line\n{"mine": 1}\n{not}\n'))
  log.close()
  const lines = read().trimEnd().split('\n')
  t.deepEqual(
    lines.map((line) => JSON.parse(line).text ?? line),
    ['Traceback:\n  line', '{"mine": 1}', '{not}'],
  )
})
