// A variable that comes twice: what the application gets, and what is refused.
import test from 'ava'
import { EnvironWriter } from '../../../../gateway/protocol/environ.ts'
import { environOf, get, refuses, tells } from '../../../helpers/environ.ts'

tells([
  [
    'a CGI variable that comes twice has its last value',
    'uwsgi',
    get('/', ['REMOTE_USER', 'a'], ['REMOTE_USER', 'b']),
    [],
    { REMOTE_USER: 'b' },
  ],
  [
    'Host twice with one value is one Host',
    'uwsgi',
    get('/', ['HTTP_HOST', 'a'], ['HTTP_HOST', 'a']),
    [],
    { HTTP_HOST: 'a' },
  ],
])

refuses([
  ['two different Hosts', get('/', ['HTTP_HOST', 'a'], ['HTTP_HOST', 'b']), 'REQUEST_REPEATED'],
  [
    'two different Authorizations',
    get('/', ['HTTP_AUTHORIZATION', 'a'], ['HTTP_AUTHORIZATION', 'b']),
    'REQUEST_REPEATED',
  ],
])

test('headers are joined even when their names find no place to be remembered', (t) => {
  const writer = new EnvironWriter()
  for (let i = 0; i < 4; i++) {
    environOf(
      get('/', ...Array.from({ length: 900 }, (_, j): [string, string] => [`HTTP_Q${i}_${j}`, 'v'])),
      'uwsgi',
      writer,
    )
  }
  for (const name of ['HTTP_NEW_ONE', 'HTTP_NEW_TWO', 'HTTP_Q3_899']) {
    const environ = environOf(
      get('/', [name, 'a'], ['HTTP_Z', 'z'], [name, 'b'], [name, 'c']),
      'uwsgi',
      writer,
    )
    t.is(environ[name], 'a, b, c')
    t.is(environ.HTTP_Z, 'z')
  }
})
