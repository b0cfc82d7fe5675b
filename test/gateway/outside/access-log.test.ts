import test from 'ava'
import { type GatewayOptionsInput, gatewayOptions } from '../../../gateway/options.ts'
import { accessLog, compileFormat, harmless, variables } from '../../../gateway/outside/access-log.ts'
import { Job } from '../../../gateway/pool/job.ts'
import { FakeExchange } from '../../helpers/exchange.ts'
import { testLog } from '../../helpers/gateway.ts'

function job(uri = '/page?q=1', status = 200): Job {
  const made = new Job(new FakeExchange(uri))
  Object.assign(made, { status, headBytes: 100, bodyBytes: 5, appMicros: 1_500 })
  return made
}

function logged(options: Partial<GatewayOptionsInput>, jobs: Job[], tookMs = 2): string[] {
  const log = testLog()
  const hook = accessLog(gatewayOptions.parse(options), log)
  for (const one of jobs) hook?.(one, one.exchange.arrivedAt + tookMs, undefined)
  return log.lines
}

test('uWSGI’s variables are filled in, text around them stays', (t) => {
  const format =
    '%(method) %(uri) => %(status) %(rsize)+%(hsize)=%(size) in %(msecs) ms (%(micros)) [%(proto)]'
  t.deepEqual(logged({ 'log-format': format }, [job()]), [
    'GET /page?q=1 => 200 5+100=105 in 2 ms (2000) [HTTP/1.1]',
  ])
})

test('a request variable, a log variable of the application, and an unknown one', (t) => {
  const one = job()
  one.logvars = '{"account":"k 7"}'
  t.deepEqual(logged({ 'log-format': '%(var.SERVER_NAME) %(account) %(nonsense)' }, [one]), ['test k 7 -'])
})

test('what a client sends cannot end a line or a quotation', (t) => {
  t.is(harmless('a"b\nc\\'), 'a\\x22b\\x0ac\\x5c')
})

test('JSON lines have the id and the times', (t) => {
  const [line] = logged({ 'log-format': 'json' }, [job('/"x"')])
  const told = JSON.parse(line as string)
  t.like(told, { uri: '/"x"', status: 200, bytes: 105, ms: 2, app_ms: 1.5, event: 'request' })
  t.regex(told.id, /^test-\d+$/)
})

test('disable-logging: no hook at all, requests cost nothing', (t) => {
  t.is(accessLog(gatewayOptions.parse({ 'disable-logging': true }), testLog()), undefined)
})

const quiet = { 'disable-logging': true, 'log-format': '%(status)' }

test('log-4xx, log-5xx and log-slow log in spite of disable-logging', (t) => {
  const jobs = [200, 399, 400, 499, 500].map((status) => job('/', status))
  t.deepEqual(logged({ ...quiet, 'log-4xx': true }, jobs), ['400', '499'])
  t.deepEqual(logged({ ...quiet, 'log-5xx': true }, jobs), ['500'])
  t.deepEqual(logged({ ...quiet, 'log-slow': 3 }, jobs, 2), [])
  t.is(logged({ ...quiet, 'log-slow': 2 }, jobs, 2).length, 5)
})

test('log-skip leaves healthy health checks out, never failures', (t) => {
  const options = { 'log-format': '%(uri) %(status)', 'log-skip': ['/healthz'] }
  const jobs = [job('/healthz?x', 200), job('/healthz', 500), job('/healthy', 200)]
  t.deepEqual(logged(options, jobs), ['/healthz 500', '/healthy 200'])
})

test('every variable of uWSGI’s log-format is known', (t) => {
  const names =
    'uri method user addr host proto uagent referer status rsize hsize size cl micros msecs secs tmsecs tmicros time ' +
    'ltime ftime ctime epoch pid wid switches vars core vsz rss vszM rssM pktsize modifier1 modifier2 headers werr rerr ioerr'
  t.deepEqual(
    names.split(' ').filter((name) => !(name in variables)),
    [],
  )
})

const skipped = test.macro({
  exec(t, entry: string) {
    const one = job('/health/db')
    Object.assign(one.exchange, {
      remoteAddr: '10.1.2.3',
      variable: (name: string) => (name === 'HTTP_USER_AGENT' ? 'kube-probe/1.3' : 'status.internal'),
    })
    const options = { 'log-format': '%(status)', 'log-skip': [entry] }
    t.deepEqual(logged(options, [one, job('/page')]), ['200'])
    one.status = 500
    t.deepEqual(logged(options, [one]), ['500'])
  },
  title: (_, entry) => `log-skip by ${entry}`,
})
test(skipped, 'path=^/health')
test(skipped, 'user-agent=^kube-probe')
test(skipped, 'host=\\.internal$')
test(skipped, 'remote-addr=^10\\.')

test('an entry of log-skip that is none is refused', (t) => {
  for (const entry of ['healthz', 'agent=x', 'path=(', 'path=']) {
    t.false(gatewayOptions.safeParse({ 'log-skip': [entry] }).success, entry)
  }
})

test('with log-json a format that is no JSON becomes a field, one that is stays', (t) => {
  const [line] = logged({ 'log-json': true, 'log-format': '%(method) "%(status)"' }, [job()])
  t.like(JSON.parse(line as string), { event: 'request', text: 'GET "200"' })
  t.deepEqual(logged({ 'log-json': true, 'log-format': '{"s": %(status)}' }, [job()]), ['{"s": 200}'])
})

test('every variable has a value for a request that no worker saw', (t) => {
  for (const name of Object.keys(variables)) {
    const line = compileFormat(`%(${name})`)({
      job: job(),
      worker: undefined,
      lane: undefined,
      micros: 1,
      time: new Date(0),
    })
    t.not(line, '', name)
    t.notRegex(line, /undefined|NaN/, name)
  }
})
