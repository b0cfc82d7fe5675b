import { createServer } from 'node:net'
import test from 'ava'
import { parseListen, probeAddress } from '../../../cli/up/address.ts'
import type { PosternError } from '../../../errors.ts'

const reads = test.macro((t, listen: string, expected: ReturnType<typeof parseListen>) => {
  t.deepEqual(parseListen(listen), expected)
})

test('reads a bare port', reads, '8000', { host: undefined, port: 8000 })
test('reads host and port', reads, '127.0.0.1:80', { host: '127.0.0.1', port: 80 })
test('reads an IPv6 address', reads, '[::1]:8000', { host: '::1', port: 8000 })
test('reads every address', reads, '*:443', { host: undefined, port: 443 })
test('a Unix socket is no TCP address', reads, 'unix:/run/site.sock', undefined)

test('an address in use is an error that names it and the way out', async (t) => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const error = await t.throwsAsync<PosternError>(probeAddress(`127.0.0.1:${port}`))
  t.is(error?.code, 'UP_ADDRESS_TAKEN')
  t.is(error?.exitCode, 6)
  t.true(error?.message.includes(String(port)))
  await new Promise((resolve) => server.close(resolve))
  await t.notThrowsAsync(probeAddress(`127.0.0.1:${port}`))
})

test('an address this machine does not have is an error, too', async (t) => {
  const error = await t.throwsAsync<PosternError>(probeAddress('192.0.2.1:8000'))
  t.is(error?.code, 'UP_ADDRESS_FORBIDDEN')
})
