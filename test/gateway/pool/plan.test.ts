import test from 'ava'
import {
  backoffLimitMs,
  backoffMs,
  type PlanLimits,
  type PoolView,
  plan,
  type WorkerView,
} from '../../../gateway/pool/plan.ts'

const limits: PlanLimits = { bootMs: 10_000, mercyMs: 60_000, minLifetimeMs: 0, rssBytes: 0, evilRssBytes: 0 }

const worker = (id: number, more: Partial<WorkerView> = {}): WorkerView => ({
  id,
  generation: 1,
  state: 'ready',
  since: 0,
  bornAt: id,
  requests: 0,
  rssBytes: 0,
  requestLimit: 0,
  lifetimeMs: 0,
  busyLanes: 0,
  siblingsBusy: 0,
  stacksSeen: false,
  ...more,
})

const pool = (workers: WorkerView[], more: Partial<PoolView> = {}): PoolView => ({
  generation: 1,
  canFork: true,
  desired: 2,
  workers,
  failures: 0,
  lastFailureAt: 0,
  stopping: false,
  ...more,
})

const steps = (view: PoolView, now = 1_000, given: Partial<PlanLimits> = {}): string[] =>
  plan(view, now, { ...limits, ...given }).map((step) =>
    step.do === 'spawn' ? 'spawn' : `${step.do} ${step.worker} ${step.why}`,
  )

test('an empty pool is filled at once', (t) => {
  t.deepEqual(steps(pool([])), ['spawn', 'spawn'])
})

test('a full pool is left alone', (t) => {
  t.deepEqual(steps(pool([worker(1), worker(2)])), [])
})

test('workers that boot count as there', (t) => {
  t.deepEqual(steps(pool([worker(1), worker(2, { state: 'booting', since: 900 })])), [])
})

test('without a template nothing is started', (t) => {
  t.deepEqual(steps(pool([], { canFork: false })), [])
})

test('a reload boots one new worker first', (t) => {
  t.deepEqual(steps(pool([worker(1), worker(2)], { generation: 2 })), ['spawn'])
})

test('while it boots, the old ones stay', (t) => {
  const view = pool([worker(1), worker(2), worker(3, { generation: 2, state: 'booting', since: 900 })], {
    generation: 2,
  })
  t.deepEqual(steps(view), [])
})

test('when it is ready, one old worker drains and the next new one boots', (t) => {
  const view = pool([worker(1), worker(2), worker(3, { generation: 2 })], { generation: 2 })
  t.deepEqual(steps(view), ['spawn', 'drain 1 reload'])
})

test('an old worker that drains for long holds up a pool of one, so that never all are on their way out', (t) => {
  const draining = worker(1, { state: 'draining', since: 900 })
  t.deepEqual(steps(pool([draining, worker(2)], { generation: 2, desired: 1 })), [])
})

test('limits replace one worker at a time', (t) => {
  const full = { requests: 100, requestLimit: 100 }
  t.deepEqual(steps(pool([worker(1, full), worker(2, full)])), ['spawn'])
  t.deepEqual(steps(pool([worker(1, full), worker(2, full), worker(3)])), ['spawn', 'drain 1 max-requests'])
})

test('a limit counts from min-worker-lifetime on', (t) => {
  const full = worker(1, { bornAt: 0, requests: 100, requestLimit: 100 })
  const given = { minLifetimeMs: 10_000 }
  t.deepEqual(steps(pool([full, worker(2)]), 9_999, given), [])
  t.deepEqual(steps(pool([full, worker(2)]), 10_000, given), ['spawn'])
})

test('a lifetime is over at its limit, not before', (t) => {
  const old = worker(1, { bornAt: 0, lifetimeMs: 5_000 })
  t.deepEqual(steps(pool([old, worker(2)]), 4_999), [])
  t.deepEqual(steps(pool([old, worker(2)]), 5_000), ['spawn'])
})

test('reload-on-rss replaces gently, evil-reload-on-rss kills', (t) => {
  const fat = worker(1, { rssBytes: 200 })
  t.deepEqual(steps(pool([fat, worker(2)]), 1_000, { rssBytes: 201 }), [])
  t.deepEqual(steps(pool([fat, worker(2)]), 1_000, { rssBytes: 200 }), ['spawn'])
  t.deepEqual(steps(pool([fat, worker(2)]), 1_000, { evilRssBytes: 200 }), [
    'kill 1 evil-reload-on-rss',
    'spawn',
  ])
})

test('a worker whose address space is at the limit is replaced or killed', (t) => {
  const wide = worker(1, { asBytes: 200 })
  t.deepEqual(steps(pool([wide, worker(2)]), 1_000, { asBytes: 201 }), [])
  t.deepEqual(steps(pool([wide, worker(2)]), 1_000, { asBytes: 200 }), ['spawn'])
  t.deepEqual(steps(pool([wide, worker(2)]), 1_000, { evilAsBytes: 201 }), [])
  t.regex(String(steps(pool([wide, worker(2)]), 1_000, { evilAsBytes: 200 })[0]), /kill/)
})

test('a worker that does not boot in time is killed and replaced', (t) => {
  const slow = worker(1, { state: 'booting', since: 0 })
  t.deepEqual(steps(pool([slow, worker(2)]), 9_999), [])
  t.deepEqual(steps(pool([slow, worker(2)]), 10_000), ['kill 1 boot-timeout', 'spawn'])
})

test('mercy ends', (t) => {
  const draining = worker(1, { state: 'draining', since: 0, busyLanes: 1 })
  t.deepEqual(steps(pool([draining, worker(2), worker(3)]), 59_999), [])
  t.deepEqual(steps(pool([draining, worker(2), worker(3)]), 60_000), ['kill 1 worker-reload-mercy'])
})

test('a condemned worker lives while siblings run and until its stacks are seen, and is replaced at once', (t) => {
  const condemned = { state: 'condemned' as const, since: 1_000 }
  t.deepEqual(steps(pool([worker(1, { ...condemned, siblingsBusy: 1 }), worker(2)]), 1_100), ['spawn'])
  t.deepEqual(steps(pool([worker(1, condemned), worker(2), worker(3)]), 1_100), [])
  t.deepEqual(steps(pool([worker(1, { ...condemned, stacksSeen: true }), worker(2), worker(3)]), 1_100), [
    'kill 1 harakiri',
  ])
  t.deepEqual(steps(pool([worker(1, condemned), worker(2), worker(3)]), 2_499), [])
  t.deepEqual(steps(pool([worker(1, condemned), worker(2), worker(3)]), 2_500), ['kill 1 harakiri'])
})

test('fewer wanted: the newest leaves', (t) => {
  t.deepEqual(steps(pool([worker(1), worker(2), worker(3)])), ['drain 3 scale'])
})

test('stopping drains everything and starts nothing', (t) => {
  const view = pool([worker(1), worker(2, { state: 'draining', since: 900 })], { stopping: true })
  t.deepEqual(steps(view), ['drain 1 stop'])
})

test('after failures one worker at a time is tried, after a pause that doubles up to its limit', (t) => {
  const failed = { failures: 3, lastFailureAt: 1_000 }
  t.deepEqual(steps(pool([], failed), 1_399), [])
  t.deepEqual(steps(pool([], failed), 1_400), ['spawn'])
  t.deepEqual([0, 1, 2, 3, 4].map(backoffMs), [0, 0, 200, 400, 800])
  t.is(backoffMs(40), backoffLimitMs)
})
