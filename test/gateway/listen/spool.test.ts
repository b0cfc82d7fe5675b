// Bodies of unknown length on disk: where the disk is not as one would like it.
import { connect } from 'node:net'
import test from 'ava'
import { answerEcho } from '../../helpers/echo.ts'
import { serve } from '../../helpers/listening.ts'
import { understand } from '../../helpers/speak.ts'

const request = `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n`
const megabyte = `100000\r\n${'x'.repeat(0x100000)}\r\n`

test.serial('a folder that takes no files is a 500 that the log explains', async (t) => {
  const { send, echo, warnings } = await serve(t)
  const { TMPDIR } = process.env
  process.env.TMPDIR = '/no/such/folder'
  t.teardown(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = TMPDIR
  })
  const heard = understand('http', await send(`${request}${megabyte}0\r\n\r\n`))
  t.is(heard.status, 500)
  t.notRegex(heard.body.toString(), /folder/)
  t.regex(warnings[0]?.event ?? '', /cannot be kept in \/no\/such\/folder: ENOENT/)
  t.regex(warnings[0]?.facts.hint as string, /TMPDIR/)
  t.is(echo.heard.length, 0)
})

test.serial(
  'a client that leaves while its body is read back frees the disk, and the reader is told',
  async (t) => {
    const { path, listeners } = await serve(t)
    const failed = new Promise<string>((resolve) => {
      listeners.gate.dispatch.submit = (exchange) => {
        exchange.startBody({
          body: () => {
            socket.destroy()
            return false
          },
          bodyFailed: resolve,
        })
      }
    })
    const socket = connect(path)
    socket.write(`${request}${megabyte}0\r\n\r\n`)
    t.is(await failed, 'the client left')
    t.is(listeners.gate.spoolSpace.used, 0)
  },
)

test.serial('a reader that pauses gets the rest when it goes on', async (t) => {
  const { send, listeners } = await serve(t)
  let received = 0
  listeners.gate.dispatch.submit = (exchange) => {
    t.is(exchange.bodyLength, 0x300000)
    exchange.startBody({
      body(bytes, end) {
        received += bytes.length
        if (end) exchange.respond(Buffer.from('200 OK\r\nContent-Length: 0\r\n\r\n'), undefined, true)
        else setImmediate(() => exchange.resumeBody())
        return false
      },
      bodyFailed: (reason) => t.fail(reason),
    })
  }
  t.is(understand('http', await send(`${request}${megabyte.repeat(3)}0\r\n\r\n`)).status, 200)
  t.is(received, 0x300000)
})

test.serial('where no file can be made, a body whose length is known streams', async (t) => {
  const { listeners, echo, warnings } = await serve(t, answerEcho, { http: ['127.0.0.1:0'] })
  const { TMPDIR } = process.env
  process.env.TMPDIR = '/no/such/folder'
  t.teardown(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = TMPDIR
  })
  const [host, port] = (listeners.addresses[1] as string).split(':')
  const socket = connect(Number(port), host)
  socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n${'x'.repeat(300_000)}`)
  t.is((await echo.next()).body.length, 300_000)
  t.regex(warnings[0]?.event ?? '', /cannot be kept/)
  socket.destroy()
})
