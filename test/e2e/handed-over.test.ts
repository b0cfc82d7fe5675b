// wsgi.file_wrapper in a generated site: nginx sends what lies in the site's folders, the worker everything else.
import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { nginxOrSkip } from '../helpers/nginx.ts'
import { serveApp } from '../helpers/site.ts'
import { repository } from '../helpers/up.ts'

const app = readFileSync(join(repository, 'test/python/apps/files.py'), 'utf8')

test('files of the application leave through nginx where that loses nothing', async (t) => {
  if (!nginxOrSkip(t)) return
  const { ask, folder } = await serveApp(
    t,
    { media: [{ at: '/media/', root: 'media', access: 'internal' }] },
    { 'app.py': app, 'media/a b?.bin': '0123456789', 'secret.bin': 'not in a folder of the site' },
  )
  symlinkSync(join(folder, 'secret.bin'), join(folder, 'media/link.bin'))
  const send = (name: string, more = '', headers = {}) =>
    ask(`/?name=${encodeURIComponent(join(folder, name))}${more}`, { headers })

  const whole = await send('media/a b?.bin')
  t.is(whole.text, '0123456789')
  t.truthy(whole.headers.etag, 'nginx sent it')
  t.is(whole.headers['content-type'], 'application/x-test')
  t.is(whole.headers['x-frame-options'], 'DENY')
  t.is(whole.headers['x-accel-redirect'], undefined)
  const part = await send('media/a b?.bin', '', { range: 'bytes=2-4' })
  t.deepEqual([part.status, part.text], [206, '234'])

  for (const [name, more, text] of [
    ['media/a b?.bin', '&seek=7', '789'],
    ['media/a b?.bin', '&extra=X-Own', '0123456789'],
    ['media/link.bin', '', 'not in a folder of the site'],
    ['secret.bin', '', 'not in a folder of the site'],
  ] as const) {
    const reply = await send(name, more)
    t.is(reply.text, text, name + more)
    t.is(reply.headers.etag, undefined, `the worker sent ${name}${more}`)
  }
  for (const path of ['/media/a%20b%3F.bin', '/-/postern-file/media/link.bin', '/media/../secret.bin'])
    t.not((await ask(path)).text, '0123456789', path)
})
