import test from 'ava'
import { codeFrame, decodeSource, LineIndex } from '../../conf/source.ts'

test('finds lines and columns in any order', (t) => {
  const lines = new LineIndex('ab\ncd\n\ne')
  const at = (offset: number) => `${lines.at(offset).line}:${lines.at(offset).column}`
  t.deepEqual([0, 2, 3, 6, 7, 8, 0, 4].map(at), ['1:1', '1:3', '2:1', '3:1', '4:1', '4:2', '1:1', '2:2'])
})

test('draws the lines around a place', (t) => {
  const lines = new LineIndex('a;\n\tb c;\nd;')
  t.is(
    codeFrame('a;\n\tb c;\nd;', { start: lines.at(6), end: lines.at(7) }, 'what'),
    ['  1 | a;', '> 2 |  b c;', '    |    ^ what', '  3 | d;'].join('\n'),
  )
})

test('cuts long lines around the place and shows no control characters', (t) => {
  const text = `${'x'.repeat(500)}\u001b[31m${'y'.repeat(500)}`
  const lines = new LineIndex(text)
  const frame = codeFrame(text, { start: lines.at(500), end: lines.at(501) })
  t.true(frame.split('\n').every((line) => line.length < 125))
  t.false(frame.includes('\u001b'))
  t.is(frame.split('\n')[0]?.indexOf('?'), frame.split('\n')[1]?.indexOf('^'))
})

test('reads UTF-8, keeps a BOM, and loses no byte of anything else', (t) => {
  t.is(decodeSource(new TextEncoder().encode('\uFEFFé')), '\uFEFFé')
  t.is(decodeSource(Uint8Array.of(0x61, 0xe9, 0x62)), 'aéb')
})
