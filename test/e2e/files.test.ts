// Folders of files, as a visitor and as a scanner sees them.
import test from 'ava'
import { nginxOrSkip } from '../helpers/nginx.ts'
import { serveSite } from '../helpers/site.ts'

const site = {
  serverNames: ['example.org'],
  static: [{ at: '/static/', root: 'static' }],
  media: [{ at: '/media/', root: 'media' }],
  health: '/-/health',
  headers: { 'X-Clacks-Overhead': 'GNU Terry "Pratchett" $5' },
}
const files = {
  'static/css/base.css': 'body { color: red }',
  'static/.env': 'SECRET=1',
  'static/app.py': 'SECRET = 1',
  'static-old/secret.txt': 'sibling',
  'media/cat.txt': 'meow',
  'media/page.html': '<script>alert(1)</script>',
}
const host = { host: 'example.org' }

test('a site of files: served, typed, guarded', async (t) => {
  if (!nginxOrSkip(t)) return
  const { ask } = await serveSite(t, site, files)

  const css = await ask('/static/css/base.css', { headers: host })
  t.is(css.status, 200)
  t.is(css.headers['content-type'], 'text/css')
  t.is(css.text, 'body { color: red }')
  t.is(css.headers['x-content-type-options'], 'nosniff')
  t.is(css.headers['x-clacks-overhead'], 'GNU Terry "Pratchett" $5')

  for (const path of [
    '/static/.env',
    '/static/app.py',
    '/static../secret.txt',
    '/static-old/secret.txt',
    '/static/../static-old/secret.txt',
    '/static/%2e%2e/static-old/secret.txt',
    '/.git/config',
    '/static/missing.css',
    '/',
  ]) {
    const { status } = await ask(path, { headers: host })
    t.true(status === 404 || status === 400, `${path}: ${status}`)
  }

  const media = await ask('/media/page.html', { headers: host })
  t.regex(String(media.headers['content-security-policy']), /sandbox/)
  t.is(media.headers['x-content-type-options'], 'nosniff')
  t.is(media.headers['x-clacks-overhead'], 'GNU Terry "Pratchett" $5')

  t.is((await ask('/-/health', { headers: { host: '10.0.0.1' } })).text, 'ok\n')
  await t.throwsAsync(ask('/static/css/base.css', { headers: { host: 'evil.example' } }), {
    code: 'ECONNRESET',
  })
  t.is((await ask('/-/postern-file/etc/passwd', { headers: host })).status, 404)
})

test('a folder chosen by njs hides what every folder hides', async (t) => {
  if (!nginxOrSkip(t)) return
  const { ask } = await serveSite(
    t,
    {
      routes: [
        { name: 'docs', hosts: ['docs.example'], folder: 'docs' },
        { name: 'open', path: '/open/', folder: '.' },
      ],
      app: { kind: 'wsgi', file: 'app.py' },
    },
    {
      'docs/page.txt': 'page',
      'docs/app.py': 'SECRET',
      'docs/db.sqlite3': 'SECRET',
      'docs/.env': 'SECRET',
      'open/x.txt': 'x',
      'open/key.pem': 'SECRET',
      'app.py': '',
    },
  )
  const docs = { headers: { host: 'docs.example' } }
  t.is((await ask('/page.txt', docs)).text, 'page')
  for (const path of ['/app.py', '/db.sqlite3', '/.env', '/%61pp.py'])
    t.is((await ask(path, docs)).status, 404, path)
  t.is((await ask('/open/x.txt')).text, 'x')
  t.is((await ask('/open/key.pem')).status, 404)
})
