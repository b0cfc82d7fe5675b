// How long an HTTP connection waits for its peer, with numbers for a clock and for what the kernel has not taken.
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import test from 'ava'
import { type Gate, gateLimits } from '../../../gateway/listen/gate.ts'
import { HttpConnection } from '../../../gateway/listen/http-connection.ts'

function connection() {
  const gate = { now: 0, limits: { ...gateLimits, bodyMs: 100, lingerMs: 10 }, enter() {}, leave() {} }
  const socket = Object.assign(new EventEmitter(), {
    remoteAddress: '192.0.2.1',
    bytesWritten: 0,
    writableLength: 0,
    _handle: { writeQueueSize: 0 },
    isCut: false,
    destroy() {
      socket.isCut = true
    },
  })
  const one = new HttpConnection(socket as unknown as Socket, gate as unknown as Gate)
  /** What the listeners' sweep does. */
  const at = (now: number) => {
    gate.now = now
    if (one.deadline < now) one.expire()
    return socket.isCut ? 'cut' : one.deadline === Number.POSITIVE_INFINITY ? 'idle' : 'waits'
  }
  return { one, socket, at }
}

test('a client that takes its answer slowly is not cut, however long it takes', (t) => {
  const { one, socket, at } = connection()
  socket.bytesWritten = 1500
  socket.writableLength = 1000
  socket._handle.writeQueueSize = 500
  one.awaitTaken()
  for (let turn = 1; turn < 10; turn++) {
    socket._handle.writeQueueSize -= 50
    t.is(at(turn * 101), 'waits')
  }
  socket.writableLength = socket._handle.writeQueueSize = 0
  t.is(at(2000), 'idle')
})

test('a client that takes nothing for the limit is cut', (t) => {
  const { one, socket, at } = connection()
  socket.writableLength = 1000
  one.awaitTaken()
  t.is(at(100), 'waits')
  t.is(at(101), 'cut')
})

test('more to take is not less to wait for', (t) => {
  const { one, socket, at } = connection()
  socket.bytesWritten = socket.writableLength = 1000
  one.awaitTaken()
  socket.bytesWritten += 500
  socket.writableLength += 400
  t.is(at(101), 'waits')
  socket.bytesWritten += 100
  socket.writableLength += 100
  t.is(at(202), 'cut')
})

test('a file on its way is waited for whoever writes it, until its client takes nothing', (t) => {
  const { one, socket, at } = connection()
  one.isServingFile = true
  one.awaitTaken()
  t.is(at(101), 'waits')
  socket.bytesWritten = socket.writableLength = 1000
  t.is(at(202), 'cut')
})

test('an answer that was taken at once leaves an idle connection', (t) => {
  const { one, at } = connection()
  one.awaitTaken()
  t.is(at(101), 'idle')
})

test('a client that half-closed is waited for as long as it takes something', (t) => {
  const { one, socket, at } = connection()
  socket.emit('end')
  t.is(at(9), 'waits')
  socket.bytesWritten = 10
  t.is(at(11), 'waits')
  one.idle()
  t.is(at(50), 'cut')
})
