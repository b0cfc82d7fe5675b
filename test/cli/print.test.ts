import test from 'ava'
import { errorAsJson, printError, printPlace } from '../../cli/print.ts'
import { PosternError } from '../../errors.ts'

const bad = () =>
  new PosternError(
    'CLI_BAD_USAGE',
    { problem: 'no such thing', remedy: 'choose another' },
    { place: { file: 'a.ini', line: 3, column: 7 } },
  )

test('an error is printed as place, message, hint and code', (t) => {
  t.is(printError(bad()), 'postern: a.ini:3:7: no such thing\n  hint: choose another\n  code: CLI_BAD_USAGE')
})

test('an error for machines carries code, place and exit code', (t) => {
  t.deepEqual(errorAsJson(bad()), {
    error: {
      code: 'CLI_BAD_USAGE',
      message: 'no such thing',
      hint: 'choose another',
      place: { file: 'a.ini', line: 3, column: 7 },
      blame: 'operator',
      exitCode: 2,
    },
  })
})

test('what is not ours is called a bug and keeps its stack', (t) => {
  const text = printError(new TypeError('x is not a function'))
  t.regex(text, /this is a bug in postern/)
  t.regex(text, /TypeError: x is not a function\n +at /)
})

test('a place without a line is the file alone', (t) => {
  t.is(printPlace({ file: 'a.ini' }), 'a.ini')
  t.is(printPlace({ file: 'a.ini', column: 3 }), 'a.ini')
})
