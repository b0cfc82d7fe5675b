// The claims of docs/reliability.md, with real processes and real load: nothing lost, nothing answered twice, nothing run twice.

import test, { type ExecutionContext } from 'ava'
import { countingApp, startTestGateway, type TestGateway } from '../../helpers/gateway.ts'
import { type Answer, load, statuses } from '../../helpers/load.ts'

const total = 10_000

/** Every request was answered 200 with its own number, and ran exactly once. */
function nothingLost(t: ExecutionContext, { ran }: TestGateway, answers: readonly Answer[]): void {
  t.deepEqual(statuses(answers), { 200: answers.length })
  t.deepEqual(
    answers.filter((answer) => answer.text !== String(answer.n)),
    [],
  )
  const numbers = ran()
  t.is(numbers.length, answers.length, 'requests run')
  t.is(new Set(numbers).size, answers.length, 'different requests run')
}

/** 1 when there was something to kill: a status is a moment old. */
function killed(pid: number): number {
  try {
    process.kill(pid, 'SIGKILL')
    return 1
  } catch {
    return 0
  }
}

const byNumber = (n: number): string => `/?${n}`

test('20 reloads under load lose nothing of 10,000 requests', async (t) => {
  const site = await startTestGateway(t, { processes: 2, 'disable-logging': true })
  let reloads = 0
  const reloading = (async () => {
    for (; reloads < 20; reloads++) {
      const result = await site.gateway.reload()
      if (!result.ok) throw result.error
    }
  })()
  const plan = { socket: site.socket, connections: 8, path: byNumber, count: 200_000 }
  const answers = await load({ ...plan, until: (sent) => sent >= total && reloads === 20 })
  await reloading
  nothingLost(t, site, answers)
  t.is(site.gateway.status().generation, 21)
  t.is(site.gateway.status().requests.refused.workerDied, 0)
})

test('recycling by max-requests = 50 loses nothing of 10,000 requests', async (t) => {
  const site = await startTestGateway(t, {
    processes: 2,
    'max-requests': 50,
    'min-worker-lifetime': 0,
    'disable-logging': true,
  })
  const answers = await load({ socket: site.socket, connections: 8, path: byNumber, count: total })
  nothingLost(t, site, answers)
  const { restarts } = site.gateway.status()
  t.true((restarts['max-requests'] ?? 0) >= 10, `${restarts['max-requests']} workers were recycled`)
  t.deepEqual(Object.keys(restarts), ['max-requests'])
  let alive = 0
  let fewest = 2
  for (const { event } of site.log.said) {
    if (event === 'worker ready') alive += 1
    if (event !== 'worker left') continue
    alive -= 1
    fewest = Math.min(fewest, alive)
  }
  t.is(fewest, 2, 'each one left when its successor was ready')
})

test('kill -9 of idle workers loses nothing of 10,000 requests', async (t) => {
  const site = await startTestGateway(t, { processes: 3, 'disable-logging': true })
  let sent = 0
  let kills = 0
  const answers = await load({
    socket: site.socket,
    connections: 2,
    path: byNumber,
    count: 50_000,
    until: (soFar) => {
      sent = soFar
      if (sent % 250 === 0) {
        const idle = site.gateway.status().workers.find((one) => one.state === 'ready' && one.busyLanes === 0)
        if (idle !== undefined) {
          kills += killed(idle.pid)
        }
      }
      return sent >= total && kills >= 5
    },
  })
  nothingLost(t, site, answers)
  t.true(kills >= 5)
})

test('kill -9 of busy workers: exactly the running requests get 502, with their ids in the log', async (t) => {
  const site = await startTestGateway(t, { processes: 3, 'disable-logging': true })
  const answers = await load({
    socket: site.socket,
    connections: 8,
    path: (n) => (n % 100 === 0 ? `/die?${n}` : `/?${n}`),
    count: 2_000,
  })
  const failed = answers.filter((answer) => answer.status !== 200)
  t.deepEqual(
    failed.map((answer) => answer.n).toSorted((a, b) => a - b),
    hundreds(2_000),
  )
  t.deepEqual(statuses(failed), { 502: 20 })
  const numbers = site.ran()
  t.is(new Set(numbers).size, numbers.length, 'nothing ran twice')
  t.is(numbers.length, 2_000)
  await site.log.heard(
    (said) => said.event === 'worker died' && /GET \/die\?2000/.test(String(said.facts.lost)),
  )
  const deaths = site.log.said.filter((said) => said.event === 'worker died' && said.facts.lost !== undefined)
  t.is(deaths.length, 20)
  t.true(deaths.every((death) => death.facts.cause === 'signal SIGKILL'))
})

const hundreds = (limit: number): number[] => Array.from({ length: limit / 100 }, (_, n) => (n + 1) * 100)

test('a reload with a syntax error loses nothing and says what is wrong', async (t) => {
  const site = await startTestGateway(t, { processes: 2, 'disable-logging': true })
  site.writeApp(`${countingApp}\ndef broken(:\n`)
  let result: Awaited<ReturnType<typeof site.gateway.reload>> | undefined
  const reloading = site.gateway.reload().then((told) => {
    result = told
  })
  const answers = await load({
    socket: site.socket,
    connections: 4,
    path: byNumber,
    count: 100_000,
    until: (sent) => sent >= 1_000 && result !== undefined,
  })
  await reloading
  nothingLost(t, site, answers)
  t.false(result?.ok)
  if (result?.ok !== false) return
  t.is(result.error.code, 'APP_NOT_LOADED')
  t.is(result.error.exitCode, 4)
  t.regex(result.failure?.traceback ?? '', /SyntaxError/)
  t.is(site.gateway.status().generation, 1)
})

test('new code is served after a reload, by every worker', async (t) => {
  const site = await startTestGateway(t, { processes: 3, 'disable-logging': true })
  site.writeApp(
    countingApp
      .replaceAll("'X-Version', VERSION", "'X-Version', '2'")
      .replace('body = number', 'body = b"new" + number'),
  )
  t.true((await site.gateway.reload()).ok)
  const answers = await load({ socket: site.socket, connections: 6, path: byNumber, count: 60 })
  t.true(answers.every((answer) => answer.text === `new${answer.n}`))
})
