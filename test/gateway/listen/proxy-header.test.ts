import test from 'ava'
import fc from 'fast-check'
import { PosternError } from '../../../errors.ts'
import { PROXY_HEADER_LIMIT, readProxyHeader } from '../../../gateway/listen/proxy-header.ts'

const signature = '0d0a0d0a000d0a515549540a'
const binary = (rest: string) => Buffer.from((signature + rest).replaceAll(' ', ''), 'hex')
const text = (line: string) => Buffer.from(`${line}\r\n`)

const headers: [string, Buffer, { address?: string; port?: number }][] = [
  ['TCP4', text('PROXY TCP4 192.0.2.1 10.0.0.1 4711 80'), { address: '192.0.2.1', port: 4711 }],
  ['TCP6', text('PROXY TCP6 2001:db8::1 ::1 4711 443'), { address: '2001:db8::1', port: 4711 }],
  ['UNKNOWN', text('PROXY UNKNOWN'), {}],
  ['UNKNOWN with addresses', text('PROXY UNKNOWN ffff::1 ffff::2 65535 65535'), {}],
  // version and command, family, length, from, to, ports
  ['binary TCP4', binary('21 11 000c c0000201 0a000001 1267 0050'), { address: '192.0.2.1', port: 4711 }],
  [
    'binary TCP6',
    binary('21 21 0024 20010db8000000000000000000000001 00000000000000000000000000000001 1267 01bb'),
    { address: '2001:db8::1', port: 4711 },
  ],
  [
    'binary TCP4 with more behind the addresses',
    binary('21 11 0010 c0000201 0a000001 1267 0050 04 0001 00'),
    { address: '192.0.2.1', port: 4711 },
  ],
  ['the proxy’s own health check', binary('20 00 0000'), {}],
  ['a Unix socket, of which nothing is believed', binary('21 31 0002 6161'), {}],
]

for (const [name, bytes, said] of headers) {
  test(`reads ${name}, however it is cut`, (t) => {
    t.deepEqual(readProxyHeader(bytes), { size: bytes.length, ...said })
    t.deepEqual(readProxyHeader(Buffer.concat([bytes, Buffer.from('GET / HTTP/1.1\r\n')])), {
      size: bytes.length,
      ...said,
    })
    for (let size = 0; size < bytes.length; size++) t.is(readProxyHeader(bytes.subarray(0, size)), undefined)
  })
}

const none: [string, Buffer, RegExp][] = [
  ['a request', Buffer.from('GET / HTTP/1.1\r\n'), /there is none/],
  ['another family', text('PROXY UDP4 192.0.2.1 10.0.0.1 1 2'), /family/],
  ['an address of the other family', text('PROXY TCP4 ::1 10.0.0.1 1 2'), /addresses or ports/],
  ['no address', text('PROXY TCP4 evil 10.0.0.1 1 2'), /addresses or ports/],
  ['a port of 65536', text('PROXY TCP4 192.0.2.1 10.0.0.1 65536 2'), /addresses or ports/],
  ['something behind the ports', text('PROXY TCP4 192.0.2.1 10.0.0.1 1 2 3'), /addresses or ports/],
  ['a line of 108 bytes', text(`PROXY UNKNOWN ${'a'.repeat(92)}`), /longer than 107/],
  ['no end in 107 bytes', Buffer.from(`PROXY UNKNOWN ${'a'.repeat(93)}`), /longer than 107/],
  ['version 3', binary('31 11 000c'), /version or command/],
  ['an unknown command', binary('22 11 000c'), /version or command/],
  ['addresses that are cut', binary('21 11 000b'), /cut/],
  ['IPv6 addresses that are cut', binary('21 21 0023'), /cut/],
  ['4,097 bytes', binary('21 11 0ff1'), /longer than 4096/],
]

for (const [name, bytes, reason] of none) {
  test(`a PROXY header is not ${name}`, (t) => {
    t.throws(() => readProxyHeader(bytes), { message: reason })
  })
}

test('107 bytes of text and 4,096 of binary are taken', (t) => {
  t.is(readProxyHeader(text(`PROXY UNKNOWN ${'a'.repeat(91)}`))?.size, 107)
  const largest = Buffer.concat([binary('21 11 0ff0 c0000201 0a000001 1267 0050'), Buffer.alloc(4096)])
  t.is(readProxyHeader(largest)?.size, PROXY_HEADER_LIMIT)
})

test('no bytes whatever make the PROXY reader do anything but read, wait or refuse', (t) => {
  const start = fc.constantFrom(
    Buffer.alloc(0),
    Buffer.from('PROXY '),
    binary(''),
    binary('21 11'),
    binary('21 21 00'),
  )
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 200 }), (head, tail) => {
      try {
        const found = readProxyHeader(Buffer.concat([head, tail]))
        return found === undefined || found.size <= head.length + tail.length
      } catch (error) {
        return error instanceof PosternError && error.blame === 'peer'
      }
    }),
    { numRuns: 2000 },
  )
  t.pass()
})
