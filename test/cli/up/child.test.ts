import test from 'ava'
import { endedHow, startChild } from '../../../cli/up/child.ts'

const node = (script: string, onLine: (line: string) => void = () => {}) =>
  startChild(process.execPath, ['-e', script], { cwd: '/', onLine })

test('passes on every line of both streams, and tells how it ended', async (t) => {
  const lines: string[] = []
  const child = node('console.log("one"); console.error("two"); process.exitCode = 4', (line) =>
    lines.push(line),
  )
  const how = await child.ended
  t.is(endedHow(how), 'exit code 4')
  t.deepEqual(lines.sort(), ['one', 'two'])
  t.false(child.running())
})

test('a killed child says by which signal', async (t) => {
  const child = node('setInterval(() => {}, 1000); console.log("up")', () => child.kill('SIGKILL'))
  t.is(endedHow(await child.ended), 'signal SIGKILL')
})

test('keeps the last 40 lines as its last words', async (t) => {
  const child = node('for (let n = 1; n <= 50; n++) console.log(n)')
  await child.ended
  t.deepEqual(
    child.lastWords().split('\n'),
    Array.from({ length: 40 }, (_, n) => String(n + 11)),
  )
})

test('a program that does not exist has ended, with its reason', async (t) => {
  const child = startChild('/nonexistent/program', [], { cwd: '/', onLine: () => {} })
  t.is((await child.ended).code, 127)
  t.regex(child.lastWords(), /ENOENT/)
})
