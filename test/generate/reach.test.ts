import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { accountOf, closedFolder } from '../../generate/reach.ts'
import { relativePaths } from '../../generate/relative.ts'
import { tempFolder } from '../helpers/nginx.ts'

test('an account is found by its name in passwd', (t) => {
  const passwd = 'root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:34:www:/var/www:/usr/sbin/nologin\n'
  t.deepEqual(accountOf('www-data', passwd), { uid: 33, gid: 34 })
  t.is(accountOf('nobody-here', passwd), undefined)
})

test('the topmost folder that a stranger may not enter is named', (t) => {
  const top = tempFolder('reach')
  const inner = join(top, 'a/b')
  mkdirSync(inner, { recursive: true })
  const stranger = { uid: 54321, gid: 54321 }
  t.is(closedFolder(inner, stranger), undefined)
  chmodSync(join(top, 'a'), 0o700)
  t.is(closedFolder(inner, stranger), join(top, 'a'))
  t.is(closedFolder(inner, { uid: process.getuid?.() ?? 0, gid: 54321 }), undefined, 'its owner may')
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
alias /srv/site-b/media/;`
  t.is(
    relativePaths(conf, '/srv/site'),
    `# from /srv/site/x.ts
load_module /usr/lib/nginx/modules/a.so;
pid out/run/nginx.pid;
server unix:out/run/g.sock max_fails=0;
location ^~ /-/file/srv/site/media/ { }
location /srv/site/ { }
alias "media files/";
alias /srv/site-b/media/;`,
  )
})
