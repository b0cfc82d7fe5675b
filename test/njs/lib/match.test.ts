import test from 'ava'
import { globHolds, holds, percentHolds, timeHolds, valueHolds } from '../../../njs/lib/match.ts'
import type { Percent, TimeWindow } from '../../../njs/lib/table.ts'
import { plainRequest } from '../../../njs/testing/plain-request.ts'

const globs: [glob: string, value: string, holds: boolean][] = [
  ['abc', 'abc', true],
  ['abc', 'abcd', false],
  ['a*', 'a', true],
  ['a*c', 'ac', true],
  ['a*c', 'abbc', true],
  ['a*a', 'a', false],
  ['*', '', true],
  ['a*b*c', 'a-b-c', true],
  ['a*b*c', 'acb', false],
  ['*ab*ab', 'ab', false],
  ['*ab*ab', 'abab', true],
  ['a**c', 'abc', true],
  ['.*', 'abc', false],
]
for (const [glob, value, expected] of globs) {
  test(`${glob} ${expected ? 'takes' : 'refuses'} "${value}"`, (t) => t.is(globHolds(glob, value), expected))
}

test('present and absent are told apart from empty', (t) => {
  t.true(valueHolds({ present: true }, ['']))
  t.false(valueHolds({ present: true }, []))
  t.true(valueHolds({ present: false }, []))
  t.true(valueHolds({ is: [''] }, ['']))
  t.false(valueHolds({ is: ['*'] }, []))
})

const minute = 60_000
const day = 1440 * minute
/** 4 January 1970 was a Sunday. */
const sunday = 3 * day
const windows: [title: string, window: TimeWindow, now: number, holds: boolean][] = [
  ['from: at the start', { from: 1000 }, 1000, true],
  ['from: one before', { from: 1000 }, 999, false],
  ['until: at the end', { until: 1000 }, 1000, false],
  ['until: one before', { until: 1000 }, 999, true],
  ['daily: at the start', { daily: { from: 60, until: 120 } }, 60 * minute, true],
  ['daily: one before', { daily: { from: 60, until: 120 } }, 60 * minute - 1, false],
  ['daily: at the end', { daily: { from: 60, until: 120 } }, 120 * minute, false],
  ['daily: over midnight, late', { daily: { from: 1380, until: 60 } }, 1439 * minute, true],
  ['daily: over midnight, early', { daily: { from: 1380, until: 60 } }, 59 * minute, true],
  ['daily: over midnight, noon', { daily: { from: 1380, until: 60 } }, 720 * minute, false],
  ['days: the day', { days: [0] }, sunday, true],
  ['days: the day before', { days: [0] }, sunday - 1, false],
  [
    'days: the small hours of a Saturday night',
    { days: [6], daily: { from: 1380, until: 60 } },
    sunday + minute,
    true,
  ],
  [
    'days: Sunday night is not Saturday night',
    { days: [6], daily: { from: 1380, until: 60 } },
    sunday + day - 1,
    false,
  ],
  ['an offset moves the day', { days: [0], utcOffsetMinutes: 60 }, sunday - 60 * minute, true],
  ['a negative offset moves it back', { days: [6], utcOffsetMinutes: -60 }, sunday + 59 * minute, true],
]
for (const [title, window, now, expected] of windows) {
  test(`time: ${title}`, (t) => t.is(timeHolds(window, now), expected))
}

const moment = (random = 0.5) => ({ now: 0, random: () => random })
const percent = (share: number, salt = ''): Percent => ({ share, by: { cookie: 'ab' }, salt })

test('a new visitor gets a cookie that keeps the side', (t) => {
  const notes = { groups: [], cookie: '' }
  const first = percentHolds(
    percent(50),
    plainRequest({ url: '/', scheme: 'https' }, []),
    moment(0.123),
    notes,
  )
  t.regex(notes.cookie, /^ab=\d{15}; Path=\/; Max-Age=2592000; SameSite=Lax; HttpOnly; Secure$/)
  const headers: [string, string][] = [['Cookie', notes.cookie.split(';')[0] as string]]
  const again = { groups: [], cookie: '' }
  t.is(percentHolds(percent(50), plainRequest({ url: '/', headers }, []), moment(), again), first)
  t.is(again.cookie, '')
})

test('a cookie of another shape is drawn anew', (t) => {
  for (const value of ['short12', 'x'.repeat(33), 'a b c d e f']) {
    const notes = { groups: [], cookie: '' }
    percentHolds(
      percent(50),
      plainRequest({ url: '/', headers: [['Cookie', `ab=${value}`]] }, []),
      moment(),
      notes,
    )
    t.true(notes.cookie !== '', value)
  }
  for (const value of ['12345678', 'x'.repeat(32)]) {
    const notes = { groups: [], cookie: '' }
    percentHolds(
      percent(50),
      plainRequest({ url: '/', headers: [['Cookie', `ab=${value}`]] }, []),
      moment(),
      notes,
    )
    t.is(notes.cookie, '', value)
  }
})

test('shares are shares, and salts are independent', (t) => {
  const users = Array.from({ length: 10_000 }, (_, i) =>
    plainRequest({ url: '/', headers: [['X-User', `u${i}`]] }, []),
  )
  const side = (share: number, salt: string) =>
    users.map((r) =>
      percentHolds({ share, salt, by: { header: 'X-User' } }, r, moment(), { groups: [], cookie: '' }),
    )
  const count = (list: boolean[]) => list.filter(Boolean).length
  const [a, b] = [side(20, 'a'), side(20, 'b')]
  t.true(count(a) > 1850 && count(a) < 2150)
  const both = count(a.map((inside, index) => inside && (b[index] as boolean)))
  t.true(both > 320 && both < 480)
  t.is(count(side(100, 'a')), 10_000)
  t.is(count(side(0, 'a')), 0)
  // Who is in at 20 % stays in at 30 %.
  const wider = side(30, 'a')
  t.true(a.every((inside, index) => !inside || wider[index]))
})

test('a route that does not apply sets no cookie', (t) => {
  const notes = { groups: [], cookie: '' }
  const when = { percent: percent(100), path: { exact: '/only' } }
  t.false(holds(when, plainRequest({ url: '/other' }, []), moment(), notes))
  t.is(notes.cookie, '')
})
