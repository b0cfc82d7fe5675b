// strftime for log-date and %(ftime): the C library's letters that log formats use, in local time, in English. Pure.

const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const dayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

const pad = (value: number, width = 2, fill = '0'): string => String(value).padStart(width, fill)

/** `+0200` */
export function zoneOffset(time: Date): string {
  const minutes = -time.getTimezoneOffset()
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${pad(Math.floor(size / 60))}${pad(size % 60)}`
}

function zoneName(time: Date): string {
  const parts = new Intl.DateTimeFormat('en', { timeZoneName: 'short' }).formatToParts(time)
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? ''
}

function dayOfYear(time: Date): number {
  const start = Date.UTC(time.getFullYear(), 0, 1)
  return Math.round((Date.UTC(time.getFullYear(), time.getMonth(), time.getDate()) - start) / 86_400_000) + 1
}

const letters: Record<string, (time: Date) => string> = {
  Y: (time) => String(time.getFullYear()),
  y: (time) => pad(time.getFullYear() % 100),
  C: (time) => pad(Math.floor(time.getFullYear() / 100)),
  m: (time) => pad(time.getMonth() + 1),
  B: (time) => monthNames[time.getMonth()] as string,
  b: (time) => (monthNames[time.getMonth()] as string).slice(0, 3),
  h: (time) => (monthNames[time.getMonth()] as string).slice(0, 3),
  d: (time) => pad(time.getDate()),
  e: (time) => pad(time.getDate(), 2, ' '),
  j: (time) => pad(dayOfYear(time), 3),
  A: (time) => dayNames[time.getDay()] as string,
  a: (time) => (dayNames[time.getDay()] as string).slice(0, 3),
  w: (time) => String(time.getDay()),
  u: (time) => String(time.getDay() || 7),
  H: (time) => pad(time.getHours()),
  I: (time) => pad(time.getHours() % 12 || 12),
  M: (time) => pad(time.getMinutes()),
  S: (time) => pad(time.getSeconds()),
  p: (time) => (time.getHours() < 12 ? 'AM' : 'PM'),
  s: (time) => String(Math.floor(time.getTime() / 1000)),
  z: zoneOffset,
  Z: zoneName,
  n: () => '\n',
  t: () => '\t',
  '%': () => '%',
}

const shorthands: Record<string, string> = {
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  T: '%H:%M:%S',
  R: '%H:%M',
  r: '%I:%M:%S %p',
  c: '%a %b %e %H:%M:%S %Y',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
}

/** What is no letter of strftime stays as it stands. */
export const strftime = (format: string, time: Date): string =>
  format.replace(/%([A-Za-z%])/g, (whole, letter: string) => {
    const longer = shorthands[letter]
    return longer === undefined ? (letters[letter]?.(time) ?? whole) : strftime(longer, time)
  })
