// Listening sockets: files, modes, hand-over, addresses, and what happens when the system has no more file descriptors.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, lstatSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type NetConnectOpts, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import test, { type ExecutionContext } from 'ava'
import { parseAddress } from '../../../gateway/listen/address.ts'
import { connectionsAllowed } from '../../../gateway/listen/gate.ts'
import { findOwner, openSocket, type SocketOptions } from '../../../gateway/listen/socket.ts'
import { answerEcho } from '../../helpers/echo.ts'
import { serve } from '../../helpers/listening.ts'
import { tempFolder } from '../../helpers/nginx.ts'
import { program } from '../../helpers/program.ts'

const options: SocketOptions = { mode: '660', owner: undefined, backlog: 4096 }
const greet = (text: string) => (socket: Socket) => void socket.on('error', () => {}).end(text)
const greetingAt = (path: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(path)
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(text))
  })
const newPath = () => join(tempFolder('socket'), 'site.sock')

const addresses: [string, object][] = [
  ['/run/site.sock', { kind: 'unix', path: '/run/site.sock' }],
  ['site.sock', { kind: 'unix', path: 'site.sock' }],
  ['unix:/run/site.sock', { kind: 'unix', path: '/run/site.sock' }],
  [':8000', { kind: 'tcp', host: '0.0.0.0', port: 8000 }],
  [': 8000', { kind: 'tcp', host: '0.0.0.0', port: 8000 }],
  ['*:8000', { kind: 'tcp', host: '0.0.0.0', port: 8000 }],
  ['127.0.0.1:8000', { kind: 'tcp', host: '127.0.0.1', port: 8000 }],
  ['localhost:8000', { kind: 'tcp', host: 'localhost', port: 8000 }],
  ['[::]:8000', { kind: 'tcp', host: '::', port: 8000 }],
  ['fd://3', { kind: 'fd', fd: 3 }],
]
for (const [text, address] of addresses) {
  test(`${text} is an address`, (t) => {
    t.deepEqual(parseAddress(text), address as never)
  })
}
for (const text of ['80', '', '@abstract', ':99999', 'host:', 'host:port', 'http:8000:x']) {
  test(`"${text}" is none, and the error says what is`, (t) => {
    const error = t.throws(() => parseAddress(text), { code: 'LISTEN_BAD_ADDRESS' })
    t.truthy((error as unknown as { hint: string }).hint)
  })
}
test('a path of 107 bytes is taken, one of 108 is refused', (t) => {
  t.notThrows(() => parseAddress(`/${'a'.repeat(106)}`))
  t.throws(() => parseAddress(`/${'a'.repeat(107)}`), { code: 'LISTEN_PATH_LONG' })
})

test('a Unix socket has its mode from the first moment and is gone after the end', async (t) => {
  const path = newPath()
  const listening = await openSocket({ kind: 'unix', path }, options, greet('hello'))
  t.is(statSync(path).mode & 0o777, 0o660)
  t.deepEqual(readdirSync(dirname(path)), ['site.sock'])
  t.is(await greetingAt(path), 'hello')
  listening.close()
  t.false(existsSync(path))
})

test('the owner is set by name or number', async (t) => {
  if (process.getuid?.() !== 0) {
    t.log('skipped: only root can give files away')
    t.pass()
    return
  }
  const path = newPath()
  const listening = await openSocket(
    { kind: 'unix', path },
    { ...options, owner: 'nobody:daemon', mode: '600' },
    greet(''),
  )
  const { uid, gid, mode } = statSync(path)
  t.deepEqual({ uid, gid }, findOwner('nobody:daemon'))
  t.is(mode & 0o777, 0o600)
  listening.close()
})

test('an unknown owner is refused before anything is opened', async (t) => {
  const path = newPath()
  const owner = 'no-such-user-here'
  await t.throwsAsync(openSocket({ kind: 'unix', path }, { ...options, owner }, greet('')), {
    code: 'LISTEN_UNKNOWN_OWNER',
  })
  t.deepEqual(readdirSync(dirname(path)), [])
})

test('a stale socket is replaced', async (t) => {
  const path = newPath()
  const program = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  await once(spawn(process.execPath, ['-e', program]), 'exit')
  t.true(lstatSync(path).isSocket())
  const listening = await openSocket({ kind: 'unix', path }, options, greet('new'))
  t.is(await greetingAt(path), 'new')
  listening.close()
})

test('a live socket is refused and left alone', async (t) => {
  const path = newPath()
  const first = await openSocket({ kind: 'unix', path }, options, greet('first'))
  await t.throwsAsync(openSocket({ kind: 'unix', path }, options, greet('second')), {
    code: 'GATEWAY_SOCKET_LIVE',
  })
  t.is(await greetingAt(path), 'first')
  first.close()
})

test('a file that is no socket is refused and left alone', async (t) => {
  const path = newPath()
  writeFileSync(path, 'precious')
  await t.throwsAsync(openSocket({ kind: 'unix', path }, options, greet('')), { code: 'LISTEN_NOT_A_SOCKET' })
  t.true(existsSync(path))
})

test('a hand-over takes the path at once, and the old listener does not remove it', async (t) => {
  const path = newPath()
  const old = await openSocket({ kind: 'unix', path }, options, greet('old'))
  const next = await openSocket({ kind: 'unix', path }, { ...options, takeOver: true }, greet('next'))
  t.is(await greetingAt(path), 'next')
  old.close()
  t.is(await greetingAt(path), 'next')
  next.close()
  t.false(existsSync(path))
})

test('a folder that does not exist is an error that names the address', async (t) => {
  const path = '/nonexistent/folder/s.sock'
  const error = await t.throwsAsync(openSocket({ kind: 'unix', path }, options, greet('')), {
    code: 'LISTEN_FAILED',
  })
  t.regex(error?.message ?? '', /nonexistent/)
})

test('a TCP port that is taken is an error that names it', async (t) => {
  const first = await openSocket({ kind: 'tcp', host: '127.0.0.1', port: 0 }, options, greet(''))
  const port = Number(first.name.split(':')[1])
  t.true(port > 0)
  await t.throwsAsync(openSocket({ kind: 'tcp', host: '127.0.0.1', port }, options, greet('')), {
    code: 'LISTEN_FAILED',
  })
  first.close()
})

test('a socket that is open already serves as fd://N', async (t) => {
  const given = createServer()
  given.listen(0, '127.0.0.1')
  await once(given, 'listening')
  const { port } = given.address() as AddressInfo
  const { fd } = (given as unknown as { _handle: { fd: number } })._handle
  const child = runFixture(t, 'fd://3', fd)
  await child.says('listening')
  given.close()
  t.regex(await answerAt({ host: '127.0.0.1', port }), /^HTTP\/1.1 200/)
})

test('no file descriptors left: the gateway survives and serves again', async (t) => {
  const path = newPath()
  const child = runFixture(t, path)
  await child.says('listening')
  const pid = String(child.process.pid)
  const files = readdirSync(`/proc/${pid}/fd`).length
  execFileSync('prlimit', ['--pid', pid, `--nofile=${files + 5}:${files + 5}`])
  const many = Array.from({ length: 60 }, () => connect(path).on('error', () => {}))
  await Promise.any(many.map((socket) => once(socket, 'close')))
  for (const socket of many) socket.destroy()
  let answer = ''
  while (answer === '') answer = await answerAt({ path })
  t.regex(answer, /^HTTP\/1.1 200/)
  t.is(child.process.exitCode, null)
})

/** test/fixtures/listen/listen-alone.ts in a process of its own, perhaps with a listening socket as file 3. */
function runFixture(t: ExecutionContext, address: string, fd?: number) {
  const file = program('test/fixtures/listen/listen-alone.ts')
  const child = spawn(process.execPath, [file, address], {
    stdio: ['ignore', 'pipe', 'inherit', ...(fd === undefined ? [] : [fd])],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const stdout = child.stdout as Readable
  let said = ''
  stdout.on('data', (chunk) => {
    said += chunk
  })
  const says = (what: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => said.includes(what) && resolve()
      stdout.on('data', look)
      child.once('exit', () => reject(new Error(`the fixture ended: ${said}`)))
      look()
    })
  return { process: child, says }
}

test('the connections allowed are the limit of open files without a reserve', (t) => {
  t.is(connectionsAllowed('Max open files            1024                 524288               files'), 896)
  t.is(connectionsAllowed('Max open files            100                  100                  files'), 16)
})

test('one connection too many is dropped and said in the log, once a second', async (t) => {
  const { path, warnings, listeners } = await serve(t, answerEcho, {}, { connections: 2 })
  const kept = [connect(path), connect(path)]
  await Promise.all(kept.map((socket) => once(socket, 'connect')))
  t.is(await answerAt({ path }), '')
  t.is(await answerAt({ path }), '')
  t.is(warnings.length, 1)
  t.regex(warnings[0]?.event ?? '', /2 are open/)
  t.is(listeners.gate.counts.dropped, 2)
  for (const socket of kept) socket.destroy()
})

/** A request's answer, or nothing when the connection was dropped. */
const answerAt = (address: NetConnectOpts): Promise<string> =>
  new Promise((resolve) => {
    let text = ''
    const socket = connect(address)
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(text))
  })
