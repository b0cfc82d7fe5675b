import test from 'ava'
import { Cron, isDue, readCron } from '../../../gateway/companions/cron.ts'
import { gatewayOptions } from '../../../gateway/options.ts'
import { testLog } from '../../helpers/gateway.ts'

/** Sunday, 22 November 2026, local time. */
const at = (hour: number, minute: number, day = 22) => new Date(2026, 10, day, hour, minute)

const due = test.macro({
  exec(t, line: string, yes: Date[], no: Date[]) {
    const read = readCron(`${line} true`)
    for (const time of yes) t.true(isDue(read, time), String(time))
    for (const time of no) t.false(isDue(read, time), String(time))
  },
  title: (_, line) => `${line} is due when it should be`,
})

test(due, '-1 -1 -1 -1 -1', [at(0, 0), at(23, 59)], [])
test(due, '5 -1 -1 -1 -1', [at(0, 5), at(7, 5)], [at(0, 6)])
test(due, '-15 -1 -1 -1 -1', [at(3, 0), at(3, 45)], [at(3, 16)])
test(due, '30 4 -1 -1 0', [at(4, 30)], [at(4, 30, 23), at(5, 30)])
test(due, '30 4 -1 -1 7', [at(4, 30)], [at(4, 30, 23)])
test(due, '0 0 1 -1 -1', [at(0, 0, 1)], [at(0, 0, 2)])
test(due, '0 0 -1 11 -1', [at(0, 0)], [new Date(2026, 11, 22)])

for (const text of [
  '1 2 3 4 5',
  '60 -1 -1 -1 -1 x',
  '-1 24 -1 -1 -1 x',
  '-1 -1 0 -1 -1 x',
  '* * * * * x',
  '-1 -1 -1 -1 8 x',
]) {
  test(`refuses ${text}`, (t) => {
    t.throws(() => readCron(text), { message: /^cron = / })
  })
}

test('a run that has not ended is not started again', async (t) => {
  const log = testLog()
  const ends: ((ending: string) => void)[] = []
  const cron = new Cron(
    gatewayOptions.parse({ cron: ['-1 -1 -1 -1 -1 work'] }),
    log,
    () => new Promise((end) => ends.push(end)),
  )
  t.teardown(() => cron.stop())
  cron.tick(at(1, 0))
  cron.tick(at(1, 1))
  t.is(ends.length, 1)
  t.is(log.said.at(-1)?.event, 'cron: still running')
  ends[0]?.('0')
  await log.heard(({ event }) => event === 'cron: done')
  cron.tick(at(1, 2))
  t.is(ends.length, 2)
  ends[1]?.('1')
  t.is((await log.heard(({ event }) => event === 'cron: failed')).facts.ending, '1')
})
