// Routes that hold for a time: what the clock says now decides, through the site file, the script and nginx.
// The windows are made around this moment, with half a day of room: no test waits for one to open.

import test from 'ava'
import { nginxOrSkip } from '../helpers/nginx.ts'
import { serveSite } from '../helpers/site.ts'

const hour = 3_600_000
const now = Date.now()
const at = (hours: number): string => new Date(now + hours * hour).toISOString()
const clock = (hours: number): string => at(hours).slice(11, 16)
const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
/** Noon of a time zone of this test's own: whatever the clock of the machine says, no day is about to end. */
const noonOffset = Math.round((12 * hour - (now % (24 * hour))) / 60_000)
const today = new Date(now + noonOffset * 60_000).getUTCDay()

const windows: [string, object, boolean][] = [
  ['from an hour ago', { from: at(-1) }, true],
  ['from in an hour', { from: at(1) }, false],
  ['until in an hour', { until: at(1) }, true],
  ['until an hour ago', { until: at(-1) }, false],
  ['from and until around now', { from: at(-1), until: at(1) }, true],
  ['from and until, long ago', { from: '2001-01-01T00:00:00+01:00', until: '2001-01-02T00:00:00Z' }, false],
  ['daily around now, perhaps over midnight', { daily: [clock(-6), clock(6)] }, true],
  ['daily at the other side of the clock', { daily: [clock(6), clock(-6)] }, false],
  ['daily in another time zone', { daily: ['06:00', '18:00'], utcOffsetMinutes: noonOffset }, true],
  ['daily at night in that time zone', { daily: ['18:00', '06:00'], utcOffsetMinutes: noonOffset }, false],
  ['on this day of the week', { days: [days[today]], utcOffsetMinutes: noonOffset }, true],
  ['on other days', { days: days.filter((_, day) => day !== today), utcOffsetMinutes: noonOffset }, false],
  [
    'all of it, one of them wrong',
    { from: at(-1), days: [days[today]], daily: [clock(6), clock(-6)] },
    false,
  ],
]

test('a time window opens and closes a route', async (t) => {
  if (!nginxOrSkip(t)) return
  const routes = windows.map(([, time], index) => ({
    name: `window_${index}`,
    path: `/w${index}`,
    time,
    respond: { status: 299, body: 'open' },
  }))
  const { ask } = await serveSite(
    t,
    { routes, static: [{ at: '/', root: 'files' }] },
    Object.fromEntries(windows.map((_, index) => [`files/w${index}`, 'closed'])),
  )
  for (const [index, [what, , open]] of windows.entries()) {
    const { text } = await ask(`/w${index}`)
    t.is(text, open ? 'open' : 'closed', what)
  }
})

test('maintenance by the clock, with a way in', async (t) => {
  if (!nginxOrSkip(t)) return
  const { ask } = await serveSite(
    t,
    {
      routes: [
        { name: 'friends', cookies: { key: 'open-sesame' }, respond: { body: 'inside' } },
        { name: 'closed', time: { from: at(-1), until: at(1) }, maintenance: true },
      ],
      static: [{ at: '/', root: 'files' }],
    },
    { 'files/index.html': 'the site' },
  )
  const closed = await ask('/index.html', { headers: { accept: 'application/json' } })
  t.deepEqual([closed.status, closed.headers['content-type']], [503, 'application/problem+json'])
  t.is((await ask('/index.html', { headers: { cookie: 'key=open-sesame' } })).text, 'inside')
})
