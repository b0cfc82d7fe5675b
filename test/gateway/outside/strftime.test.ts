import { execFileSync } from 'node:child_process'
import test from 'ava'
import { strftime } from '../../../gateway/outside/strftime.ts'

const letters = 'Y y C m B b h d e j A a w u H I M S p s z % D F T R r c x X'.split(' ')

for (const time of [
  new Date(2026, 10, 22, 17, 5, 9),
  new Date(2024, 1, 29, 0, 0, 0),
  new Date(2026, 0, 1, 12, 30, 59),
]) {
  test(`agrees with the C library about ${time.toISOString()}`, (t) => {
    const format = letters.map((letter) => `${letter}=%${letter}`).join('|')
    const theirs = execFileSync('date', ['-d', `@${time.getTime() / 1000}`, `+${format}`], {
      env: { ...process.env, LC_ALL: 'C' },
      encoding: 'utf8',
    })
    t.deepEqual(strftime(format, time).split('|'), theirs.trimEnd().split('|'))
  })
}

test('what is no letter stays', (t) => {
  t.is(strftime('100% %Q', new Date()), '100% %Q')
})
