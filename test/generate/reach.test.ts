import { chmodSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { checkNginx, findNginx } from '../../cli/up/run.ts'
import { buildSite } from '../../generate/build.ts'
import { accountOf, closedFolder } from '../../generate/reach.ts'
import { relativePaths } from '../../generate/relative.ts'
import { tempFolder } from '../helpers/nginx.ts'
import { buildTemp, writeFiles } from '../helpers/site.ts'

test('an account is found by its name in passwd, with its own group and those it was put into', (t) => {
  const folder = tempFolder('account')
  t.teardown(() => rmSync(folder, { recursive: true }))
  const [passwd, group] = [join(folder, 'passwd'), join(folder, 'group')]
  writeFiles(folder, {
    passwd: 'root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:34:www:/var/www:/usr/sbin/nologin\n',
    group: 'www-data:x:34:\nshop:x:50:www-data,other\nroot:x:0:\n',
  })
  t.deepEqual(accountOf('www-data', passwd, group), { name: 'www-data', uid: 33, groups: [34, 50] })
  t.is(accountOf('nobody-here', passwd, group), undefined)
  t.is(accountOf('www-data', join(folder, 'none'), group), undefined)
})

test('the topmost folder that a stranger may not enter is named', (t) => {
  const top = tempFolder('reach')
  const inner = join(top, 'a/b')
  mkdirSync(inner, { recursive: true })
  const stranger = { uid: 54321, groups: [54321] }
  t.is(closedFolder(inner, stranger), undefined)
  chmodSync(join(top, 'a'), 0o750)
  t.is(closedFolder(inner, stranger), join(top, 'a'))
  const { uid, gid } = statSync(top)
  t.is(closedFolder(inner, { ...stranger, uid }), undefined, 'its owner may')
  t.is(closedFolder(inner, { ...stranger, groups: [54321, gid] }), undefined, 'who is in its group may')
  chmodSync(join(top, 'a'), 0)
  t.is(closedFolder(inner, { ...stranger, uid: 0 }), undefined, 'root may')
  rmSync(top, { recursive: true })
})

test('path arguments below the base become relative; locations, comments and other paths stay', (t) => {
  const conf = `# from /srv/site/x.ts
load_module /usr/lib/nginx/modules/a.so;
pid /srv/site/out/run/nginx.pid;
server unix:/srv/site/out/run/g.sock max_fails=0;
location ^~ /-/file/srv/site/media/ { }
location /srv/site/ { }
alias "/srv/site/media files/";
alias /srv/site-b/media/;
js_path /srv/site/out/njs;
ssl_certificate /srv/site/cert.pem;
auth_basic_user_file /srv/site/users;`
  t.is(
    relativePaths(conf, '/srv/site'),
    `# from /srv/site/x.ts
load_module /usr/lib/nginx/modules/a.so;
pid out/run/nginx.pid;
server unix:out/run/g.sock max_fails=0;
location ^~ /-/file/srv/site/media/ { }
location /srv/site/ { }
alias "media files/";
alias /srv/site-b/media/;
js_path /srv/site/out/njs;
ssl_certificate /srv/site/cert.pem;
auth_basic_user_file ../users;`,
  )
})

test('a site below a folder closed to nginx’s user is built with relative paths, and says how to start it', async (t) => {
  if (process.getuid?.() !== 0) {
    t.log('skipped: only root starts nginx for another user')
    t.pass()
    return
  }
  const folder = tempFolder('closed')
  t.teardown(() => rmSync(folder, { recursive: true }))
  const site = join(folder, 'closed/site')
  mkdirSync(site, { recursive: true })
  chmodSync(join(folder, 'closed'), 0o700)
  const config = { name: 'test', static: [{ at: '/static/', root: 'public' }] }
  writeFiles(site, { 'postern.config.json': JSON.stringify(config), 'public/a.txt': 'a' })
  const built = await buildSite({ config: join(site, 'postern.config.json'), listen: ['127.0.0.1:8123'] })
  const conf = String(built.files.get('nginx.conf'))
  t.true(built.notes.some((note) => note.includes(`nginx -p . -c out/nginx.conf`)))
  t.regex(conf, /^pid out\/run\/nginx\.pid;$/m)
  t.notRegex(conf.replace(/^\s*(?:#|js_).*$/gm, ''), new RegExp(`[ "]${site}/`))
  t.regex(conf, /js_import/, 'a script is part of it')
  t.notThrows(() => checkNginx(findNginx(), site, 'out/nginx.conf'))
  t.regex(conf, /listen 127\.0\.0\.1:8123/, 'listen is what the caller says')
})

test('gateway.json is its owner’s alone when it holds environment variables', async (t) => {
  const python = process.env.POSTERN_PYTHON ?? '/usr/bin/python3'
  const mode = async (env: Record<string, string>) => {
    const site = { app: { kind: 'wsgi', file: 'app.py', python, env } }
    const { built } = await buildTemp(t, site, { 'app.py': '' })
    return statSync(join(built.out, 'gateway.json')).mode & 0o777
  }
  t.is(await mode({ DATABASE_URL: 'postgres://user:secret@db/shop' }), 0o600)
  t.is(await mode({}), 0o644)
})

test('the build says which password files nginx will not be able to read', async (t) => {
  const site = {
    routes: ['a', 'b', 'c'].map((name) => ({ path: `/${name}`, password: name, respond: { body: name } })),
  }
  const { folder, built } = await buildTemp(t, site, { a: 'x:{PLAIN}y\n', b: 'x:{PLAIN}y\n' })
  const about = (notes: string[]) => notes.filter((note) => note.startsWith('password: '))
  t.deepEqual(about(built.notes), [
    `password: there is no ${folder}/c, so nobody is let in: htpasswd -c ${folder}/c <name> makes it`,
  ])
  const user = built.site.main.user
  if (user === undefined) return t.log('skipped in part: only root’s nginx has another user')
  chmodSync(join(folder, 'b'), 0o600)
  const again = await buildSite({ config: join(folder, 'postern.config.json') })
  t.regex(about(again.notes)[0] ?? '', new RegExp(`user ${user} may not read ${folder}/b.*chgrp ${user}`))
})
