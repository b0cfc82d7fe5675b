// The line that counts on a terminal while something takes long.
import test from 'ava'
import { progressLine } from '../../cli/progress.ts'

const clear = '\r\x1b[K'

function screenOf(isTTY: boolean) {
  let time = 0
  let text = ''
  const write = (more: string | Uint8Array): boolean => {
    text += more
    return true
  }
  const line = progressLine('packing', { isTTY, write } as NodeJS.WriteStream, () => time)
  const stepAt = (at: number, done: number): void => {
    time = at
    line.step({ done, total: 9 })
  }
  return { stepAt, end: line.end, text: () => text }
}

test('a terminal sees a count after a while, not too often, and nothing of it afterwards', (t) => {
  const { stepAt, end, text } = screenOf(true)
  stepAt(299, 1)
  t.is(text(), '')
  stepAt(300, 2)
  stepAt(349, 3)
  stepAt(350, 4)
  t.is(text(), `${clear}packing 2/9${clear}packing 4/9`)
  end()
  t.true(text().endsWith(clear))
})

test('what is quick, and what is no terminal, sees nothing', (t) => {
  const quick = screenOf(true)
  quick.stepAt(10, 9)
  quick.end()
  const pipe = screenOf(false)
  pipe.stepAt(5000, 1)
  pipe.end()
  t.is(quick.text() + pipe.text(), '')
})
