// The uwsgi protocol as nginx and as hostile peers speak it.
import test from 'ava'
import fc from 'fast-check'
import { hear, hearThreeWays, hex, wire } from '../../helpers/readers.ts'
import { speak, uwsgiPacket, uwsgiVars, varsOf } from '../../helpers/speak.ts'

test("reads nginx's own GET over uwsgi, however it is cut", (t) => {
  for (const notes of hearThreeWays('uwsgi', wire('uwsgi/nginx-get.hex'))) {
    const environ = notes.environs[0] as Record<string, string>
    t.is(environ.PATH_INFO, '/u/cafÃ©//x')
    t.is(environ.HTTP_COOKIE, 'a=1; b=2')
    t.is(environ.HTTP_X_HIGH, 'é')
    t.is(notes.error, undefined)
  }
})

test("reads nginx's own POST over uwsgi, however it is cut", (t) => {
  for (const notes of hearThreeWays('uwsgi', wire('uwsgi/nginx-post.hex'))) {
    t.is(notes.environs[0]?.CONTENT_LENGTH, '11')
    t.is(notes.body, 'hello world')
  }
})

test('answers a ping as uWSGI does', (t) => {
  for (const notes of hearThreeWays('uwsgi', hex('64 00 00 00'))) {
    t.deepEqual(notes.said, ['64000001'])
    t.is(notes.aborts, 1)
  }
})

test('modifier 30 is WSGI too', (t) => {
  const vars = uwsgiVars(varsOf({ target: '/app/x', vars: [['SCRIPT_NAME', '/app']] }))
  const { environs } = hear('uwsgi', [uwsgiPacket(vars, 30)])
  t.is(environs[0]?.SCRIPT_NAME, '/app')
  t.is(environs[0]?.PATH_INFO, '/x')
})

for (const modifier of [1, 5, 7, 9, 10, 14, 15, 17, 22, 23, 26, 31, 32, 33, 110, 111, 173, 224, 255]) {
  test(`refuses modifier ${modifier} without looking behind it`, (t) => {
    const packet = uwsgiPacket(uwsgiVars([['UWSGI_FILE', '/tmp/evil.py']]), modifier)
    for (const notes of hearThreeWays('uwsgi', packet)) {
      t.is(notes.error, 'UWSGI_MODIFIER_REFUSED')
      t.is(notes.environs.length, 0)
    }
  })
}

const packet = (vars: string) => uwsgiPacket(hex(vars))
const refused: [string, Buffer, string][] = [
  ['an empty packet', hex('00 00 00 00'), 'REQUEST_NO_METHOD'],
  ['a name that runs past the packet', packet('05 00 41'), 'UWSGI_VARS_OVERRUN'],
  ['a name without a value', packet('01 00 41'), 'UWSGI_VARS_OVERRUN'],
  ['half a value length', packet('01 00 41 01'), 'UWSGI_VARS_OVERRUN'],
  ['a value that runs past the packet', packet('01 00 41 02 00 42'), 'UWSGI_VARS_OVERRUN'],
  ['a lone byte', packet('01'), 'UWSGI_VARS_OVERRUN'],
]
for (const [name, bytes, code] of refused) {
  test(`uwsgi: refuses ${name}`, (t) => {
    for (const notes of hearThreeWays('uwsgi', Buffer.concat([bytes, Buffer.alloc(9)])))
      t.is(notes.error, code)
  })
}

test('takes a packet of 65,535 bytes; buffer-size may ask for less', (t) => {
  const fixed = uwsgiVars(varsOf({}))
  const vars = Buffer.concat([fixed, uwsgiVars([['HTTP_X', 'v'.repeat(65_535 - fixed.length - 10)]])])
  t.is(vars.length, 65_535)
  t.is(hear('uwsgi', [uwsgiPacket(vars)]).error, undefined)
  t.is(hear('uwsgi', [uwsgiPacket(fixed)], false, fixed.length).error, undefined)
  t.is(hear('uwsgi', [uwsgiPacket(fixed)], false, fixed.length - 1).error, 'REQUEST_HEAD_TOO_LARGE')
})

test('an empty value at the very end of the packet is a value', (t) => {
  const { environs } = hear('uwsgi', [uwsgiPacket(uwsgiVars([...varsOf({}), ['HTTP_X', '']]))])
  t.is(environs[0]?.HTTP_X, '')
})

test('a packet cut anywhere has no environ yet', (t) => {
  const bytes = speak('uwsgi', { target: '/x' })
  for (let length = 0; length < bytes.length; length++) {
    const notes = hear('uwsgi', [bytes.subarray(0, length)])
    t.is(notes.environs.length, 0)
    t.is(notes.error, undefined)
  }
})

test('no packet whatever makes the reader do anything but hear or refuse', (t) => {
  const vars = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc
      .array(fc.tuple(fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 })), { maxLength: 10 })
      .map((pairs) => uwsgiVars([...varsOf({}), ...pairs])),
  )
  fc.assert(
    fc.property(
      vars,
      fc.constantFrom(0, 0, 0, 30, 100, 5),
      fc.uint8Array({ maxLength: 20 }),
      (block, modifier, body) => {
        const [a, b, c] = hearThreeWays('uwsgi', Buffer.concat([uwsgiPacket(block, modifier), body]))
        t.deepEqual(a, b)
        t.deepEqual(a, c)
      },
    ),
    { numRuns: 300 },
  )
})
