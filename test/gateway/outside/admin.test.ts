// The private listeners, with answers that fail.

import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import test from 'ava'
import { PosternError } from '../../../errors.ts'
import { openAdmin, openStats } from '../../../gateway/outside/admin.ts'
import { ask, tempFolder } from '../../helpers/nginx.ts'

const fails = (error: Error) => () => Promise.reject(error)

test('a page that cannot be made now is answered so, and the listener goes on', async (t) => {
  const folder = tempFolder('admin')
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const admin = await openAdmin(join(folder, 'a'), {
    '/metrics': fails(new PosternError('NO_WORKER', undefined)),
    '/broken': fails(new Error('on purpose')),
    '/well': () => ({ status: 200, type: 'text/plain', text: 'well\n' }),
  })
  t.teardown(() => admin.close())
  const answers = ['/metrics', '/broken', '/well'].map((path) => ask(admin.address, path))
  t.deepEqual(
    (await Promise.all(answers)).map(({ status, text }) => [status, text]),
    [
      [503, 'no worker is in service\n'],
      [500, 'on purpose\n'],
      [200, 'well\n'],
    ],
  )
})

test('statistics that cannot be read now are a connection closed at once', async (t) => {
  const folder = tempFolder('stats')
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const stats = await openStats(join(folder, 's'), fails(new Error('on purpose')), false)
  t.teardown(() => stats.close())
  const reader = connect(stats.address)
  let text = ''
  reader.on('data', (chunk) => {
    text += chunk
  })
  await once(reader, 'close')
  t.is(text, '')
})
