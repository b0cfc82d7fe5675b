import test from 'ava'
import { withInherited } from '../../gateway/inherited.ts'
import { gatewayOptions } from '../../gateway/options.ts'

const options = gatewayOptions.parse({ socket: ['/run/a.sock', '/run/b.sock'], http: [':8000'] })

test('systemd’s sockets stand for the first addresses, in order', (t) => {
  const { socket, http } = withInherited(options, { LISTEN_FDS: '2', LISTEN_PID: '77' }, 77)
  t.deepEqual(socket, ['fd://3', 'fd://4'])
  t.deepEqual(http, [':8000'])
})

test('a third socket of systemd stands for the first http address', (t) => {
  const { http } = withInherited(options, { LISTEN_FDS: '3', LISTEN_PID: '77' }, 77)
  t.deepEqual(http, ['fd://5'])
})

test('sockets meant for another process are left alone', (t) => {
  const { socket, count } = withInherited(options, { LISTEN_FDS: '2', LISTEN_PID: '78' }, 77)
  t.deepEqual(socket, ['/run/a.sock', '/run/b.sock'])
  t.is(count, 0)
})

test('a replaced gateway hands over only what cannot be bound twice', (t) => {
  const { socket, http } = withInherited(options, { POSTERN_FDS: '[null,null,3]' }, 77)
  t.deepEqual(socket, ['/run/a.sock', '/run/b.sock'])
  t.deepEqual(http, ['fd://3'])
})
