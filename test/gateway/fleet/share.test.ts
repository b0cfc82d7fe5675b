import { availableParallelism } from 'node:os'
import test from 'ava'
import { mergeHistograms } from '../../../gateway/fleet/merge.ts'
import {
  autoGateways,
  fleetAddresses,
  memberOptions,
  memberSocket,
  part,
} from '../../../gateway/fleet/share.ts'
import { gatewayOptions, readOptions } from '../../../gateway/options.ts'

const names = test.macro((t, path: string, number: number, expected: string) => {
  t.is(memberSocket(path, number), expected)
})

test('the first member keeps the socket’s name', names, '/run/a.sock', 1, '/run/a.sock')
test('the second puts its number before the ending', names, '/run/a.sock', 2, '/run/a.2.sock')
test('a name without an ending gets one', names, '/run/a', 3, '/run/a.3')
test('a dot in a folder’s name is no ending', names, '/run/x.d/a', 2, '/run/x.d/a.2')

test('parts differ by one at the most and add up', (t) => {
  for (const [total, parts] of [
    [4, 2],
    [5, 2],
    [7, 3],
    [2, 3],
  ] as const) {
    const all = Array.from({ length: parts }, (_, n) => part(total, parts, n + 1))
    t.is(
      all.reduce((a, b) => a + b),
      total,
    )
    t.true(Math.max(...all) - Math.min(...all) <= 1)
  }
})

const options = gatewayOptions.parse({
  gateways: 2,
  socket: ['/run/site/g.sock', ':9000'],
  http: [':8000'],
  module: 'app',
  processes: 5,
  'queue-limit': 101,
  'run-dir': '/run/site',
  stats: '/run/site/stats.sock',
  pidfile: '/run/site/pid',
})

test('each member has its socket, its run directory and its part of workers and queue', (t) => {
  const [one, two] = [memberOptions(options, 1), memberOptions(options, 2)]
  t.deepEqual([one.socket, two.socket], [['/run/site/g.sock', ':9000'], ['/run/site/g.2.sock']])
  t.deepEqual([one.http, two.http], [[':8000'], []])
  t.deepEqual([one.processes, two.processes], [3, 2])
  t.deepEqual([one['queue-limit'], two['queue-limit']], [51, 50])
  t.deepEqual([one['run-dir'], two['run-dir']], ['/run/site/gateway-1', '/run/site/gateway-2'])
})

test('systemd opens every member’s addresses, member by member', (t) => {
  const options = gatewayOptions.parse({ gateways: 2, socket: ['/run/a.sock'], http: [':8000'], module: 'm' })
  t.deepEqual(
    fleetAddresses(options).map(({ member, address }) => `${member} ${address}`),
    ['1 /run/a.sock', '1 :8000', '2 /run/a.2.sock'],
  )
})

test('what is the fleet’s own is not the members’', (t) => {
  const one = memberOptions(options, 1)
  t.is(one.gateways, 1)
  t.is(one.stats, undefined)
  t.is(one.pidfile, undefined)
})

test('histograms add up, whatever their lengths', (t) => {
  const merged = mergeHistograms([
    { counts: [1, 2], sumMicros: 10 },
    { counts: [1, 1, 5], sumMicros: 5 },
  ])
  t.deepEqual(merged, { counts: [2, 3, 5], sumMicros: 15 })
})

test('auto is one gateway for every four processors, at least one, at most 64', (t) => {
  t.deepEqual([1, 2, 4, 7, 8, 16, 1000].map(autoGateways), [1, 1, 1, 1, 2, 4, 64])
  const read = (gateways: unknown) => readOptions({ socket: ['a.sock'], module: 'app', gateways }).gateways
  t.is(read('auto'), autoGateways(availableParallelism()))
  t.is(read('3'), 3)
  t.is(read(64), 64)
  for (const wrong of [0, 65, '0', '65', 'many', '100'])
    t.throws(() => read(wrong), { code: 'OPTIONS_INVALID' }, String(wrong))
})
