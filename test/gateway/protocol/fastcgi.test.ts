// FastCGI as nginx and as hostile peers speak it. Fixtures are captured from nginx or written by hand.
import test from 'ava'
import fc from 'fast-check'
import { hear, hearThreeWays, hex, wire } from '../../helpers/readers.ts'
import { fastcgiPairs, record, varsOf } from '../../helpers/speak.ts'

const begin = (id = 1, flags = 1, role = 1) => record(1, Buffer.from([0, role, flags, 0, 0, 0, 0, 0]), id)
const params = (id = 1) =>
  Buffer.concat([record(4, fastcgiPairs(varsOf({})), id), record(4, Buffer.alloc(0), id)])
const end = (id = 1) => record(5, Buffer.alloc(0), id)
const all = (...parts: Buffer[]) => Buffer.concat(parts)

test("reads nginx's own GET, however it is cut", (t) => {
  for (const notes of hearThreeWays('fastcgi', wire('fastcgi/nginx-get.hex'))) {
    const environ = notes.environs[0] as Record<string, string>
    t.is(environ.PATH_INFO, '/cafÃ©//x')
    t.is(environ.SCRIPT_NAME, '')
    t.is(environ.HTTP_COOKIE, 'a=1; b=2')
    t.is(environ.HTTP_USER_AGENT?.trim(), 'long '.repeat(30).trim())
    t.is(environ.HTTP_X_HIGH, 'é')
    t.is(environ.SERVER_NAME, 'site.test')
    t.is(notes.ends, 1)
    t.is(notes.error, undefined)
  }
})

test("reads nginx's own POST, however it is cut", (t) => {
  for (const notes of hearThreeWays('fastcgi', wire('fastcgi/nginx-post.hex'))) {
    t.is(notes.environs[0]?.CONTENT_LENGTH, '11')
    t.is(notes.environs[0]?.CONTENT_TYPE, 'text/plain')
    t.is(notes.body, 'hello world')
    t.is(notes.ends, 1)
  }
})

test('reads parameters that come in many records', (t) => {
  const pairs = fastcgiPairs(varsOf({ headers: [['X-Long', 'v'.repeat(300)]] }))
  const records = Array.from({ length: Math.ceil(pairs.length / 10) }, (_, i) =>
    record(4, pairs.subarray(i * 10, i * 10 + 10), 1, i % 8),
  )
  for (const notes of hearThreeWays('fastcgi', all(begin(), ...records, record(4, Buffer.alloc(0)), end()))) {
    t.is(notes.environs[0]?.HTTP_X_LONG, 'v'.repeat(300))
  }
})

test('takes the next request on a kept connection after the answer', (t) => {
  const notes = hear('fastcgi', [all(begin(), params(), end()), all(begin(), params(), end())], true)
  t.is(notes.environs.length, 2)
  t.is(notes.error, undefined)
})

test('refuses a second request beside the first with CANT_MPX_CONN and goes on', (t) => {
  for (const notes of hearThreeWays(
    'fastcgi',
    all(begin(1), begin(2), params(2), params(1), end(2), end(1)),
  )) {
    t.deepEqual(notes.said, ['01030002000800000000000001000000'])
    t.is(notes.environs.length, 1)
    t.is(notes.ends, 1)
  }
})

test('refuses roles other than responder with UNKNOWN_ROLE', (t) => {
  const notes = hear('fastcgi', [all(begin(1, 1, 2), params(1), end(1), begin(1), params(1), end(1))])
  t.deepEqual(notes.said, ['01030001000800000000000003000000'])
  t.is(notes.environs.length, 1)
})

test('answers GET_VALUES with what it was asked for', (t) => {
  const ask = record(
    9,
    fastcgiPairs([
      ['FCGI_MPXS_CONNS', ''],
      ['FCGI_MAX_REQS', ''],
      ['OTHER', ''],
    ]),
    0,
  )
  for (const notes of hearThreeWays('fastcgi', ask)) {
    const text = Buffer.from(notes.said[0] as string, 'hex')
      .subarray(8)
      .toString('latin1')
    t.is(text, '\x0d\x04FCGI_MAX_REQS4096\x0f\x01FCGI_MPXS_CONNS0')
  }
})

test('answers management records of unknown type with UNKNOWN_TYPE', (t) => {
  t.deepEqual(hear('fastcgi', [hex('01 63 00 00 00 02 00 00  aa bb')]).said, [
    '010b0000000800006300000000000000',
  ])
})

test('hears ABORT_REQUEST for the request in flight only', (t) => {
  t.is(hear('fastcgi', [all(begin(1), params(1), record(2, Buffer.alloc(0), 2))]).aborts, 0)
  t.is(hear('fastcgi', [all(begin(1), params(1), record(2, Buffer.alloc(0), 1))]).aborts, 1)
})

const refused: [string, Buffer, string][] = [
  ['another version', hex('02 01 00 01 00 08 00 00'), 'FASTCGI_BAD_VERSION'],
  ['a request numbered 0', begin(0), 'FASTCGI_UNEXPECTED_RECORD'],
  ['BEGIN_REQUEST of two bytes', record(1, Buffer.from([0, 1])), 'FASTCGI_UNEXPECTED_RECORD'],
  ['the same request begun twice', all(begin(), begin()), 'FASTCGI_UNEXPECTED_RECORD'],
  [
    'a body before the parameters end',
    all(begin(), record(5, Buffer.from('x'))),
    'FASTCGI_UNEXPECTED_RECORD',
  ],
  [
    'parameters after their end',
    all(begin(), params(), record(4, Buffer.from('x'))),
    'FASTCGI_UNEXPECTED_RECORD',
  ],
  [
    'a body after its end',
    all(begin(), params(), end(), record(5, Buffer.from('x'))),
    'FASTCGI_UNEXPECTED_RECORD',
  ],
  ['a management record of 1,025 bytes', record(9, Buffer.alloc(1025), 0), 'FASTCGI_UNEXPECTED_RECORD'],
  [
    'a name that runs out',
    all(begin(), record(4, hex('05 00 41')), record(4, Buffer.alloc(0))),
    'FASTCGI_PARAMS_OVERRUN',
  ],
  [
    'a value that runs out',
    all(begin(), record(4, hex('01 05 41 42')), record(4, Buffer.alloc(0))),
    'FASTCGI_PARAMS_OVERRUN',
  ],
  [
    'a length that runs out',
    all(begin(), record(4, hex('80 00')), record(4, Buffer.alloc(0))),
    'FASTCGI_PARAMS_OVERRUN',
  ],
  [
    'a name without a value length',
    all(begin(), record(4, hex('01')), record(4, Buffer.alloc(0))),
    'FASTCGI_PARAMS_OVERRUN',
  ],
  [
    'a length of 2 GiB',
    all(begin(), record(4, hex('01 ff ff ff ff 41')), record(4, Buffer.alloc(0))),
    'FASTCGI_PARAMS_OVERRUN',
  ],
  ['no parameters at all', all(begin(), record(4, Buffer.alloc(0))), 'REQUEST_NO_METHOD'],
]
for (const [name, bytes, code] of refused) {
  test(`refuses ${name}`, (t) => {
    for (const notes of hearThreeWays('fastcgi', bytes)) t.is(notes.error, code)
  })
}

test('takes 65,535 bytes of parameters, and refuses one more', (t) => {
  const fixed = fastcgiPairs(varsOf({}))
  const padded = (total: number) => {
    const rest = total - fixed.length - 4 - 4 - 6
    return all(
      fixed,
      hex('80000006'),
      Buffer.from([0x80, 0, rest >> 8, rest & 255]),
      Buffer.from('HTTP_X'),
      Buffer.alloc(rest, 'v'),
    )
  }
  const said = (bytes: Buffer) =>
    all(
      begin(),
      record(4, bytes.subarray(0, 65_535)),
      record(4, bytes.subarray(65_535)),
      record(4, Buffer.alloc(0)),
    )
  const most = hear('fastcgi', [all(begin(), record(4, padded(65_535)), record(4, Buffer.alloc(0)))])
  t.is(most.error, undefined)
  t.is(most.environs.length, 1)
  t.is(hear('fastcgi', [said(padded(65_536))]).error, 'REQUEST_HEAD_TOO_LARGE')
})

const variables = fc.array(
  fc.tuple(
    fc.stringMatching(/^HTTP_[A-Z]{1,20}$/),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  ),
  { maxLength: 20 },
)

test('any variables and body arrive, in whatever records and pieces', (t) => {
  fc.assert(
    fc.property(
      variables,
      fc.uint8Array({ maxLength: 500 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      fc.integer({ min: 0, max: 255 }),
      (extra, body, sizes, padding) => {
        const vars = new Map(
          extra.filter(([name]) => !['HTTP_HOST', 'HTTP_PROXY', 'HTTP_TE', 'HTTP_EXPECT'].includes(name)),
        )
        const bytes = all(
          begin(),
          record(4, fastcgiPairs([...varsOf({}), ...vars]), 1, padding),
          record(4, Buffer.alloc(0)),
          ...(body.length > 0 ? [record(5, Buffer.from(body), 1, padding)] : []),
          end(),
        )
        const pieces: Buffer[] = []
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = sizes[i % sizes.length] as number
          pieces.push(bytes.subarray(at, at + size))
          at += size
        }
        const notes = hear('fastcgi', pieces)
        t.is(notes.error, undefined)
        t.is(notes.body, Buffer.from(body).toString('latin1'))
        for (const [name, value] of vars) t.is(notes.environs[0]?.[name], value)
      },
    ),
    { numRuns: 200 },
  )
})

test('no bytes whatever make the reader do anything but hear or refuse', (t) => {
  const bytes = fc.uint8Array({ maxLength: 200 })
  const recordLike = fc
    .tuple(
      fc.integer({ min: 0, max: 12 }),
      fc.integer({ min: 0, max: 3 }),
      bytes,
      fc.integer({ min: 0, max: 9 }),
    )
    .map(([type, id, content, padding]) => record(type, Buffer.from(content), id, padding))
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          recordLike,
          bytes.map((b) => Buffer.from(b)),
          fc.constant(all(begin(), params())),
        ),
      ),
      (parts) => {
        const whole = all(...parts)
        const [a, b, c] = hearThreeWays('fastcgi', whole)
        t.deepEqual(a, b)
        t.deepEqual(a, c)
      },
    ),
    { numRuns: 300 },
  )
})
