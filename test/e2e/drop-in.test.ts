// The drop-in forms in somebody else's nginx: two sites and a hand-written one side by side, nothing disturbed.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { ask, nginxOrSkip, njsModule, runNginx } from '../helpers/nginx.ts'
import { buildTemp } from '../helpers/site.ts'

const long = 'a-very-long-name-of-a-folder-that-does-not-fit-into-a-hash/and-a-file-with-a-name-as-long.css'

async function site(t: ExecutionContext, name: string, more: object = {}) {
  return buildTemp(
    t,
    { name, static: [{ at: '/static/', root: 'static' }], app: { kind: 'wsgi', file: 'app.py' }, ...more },
    { [`static/${long}`]: `/* ${name} */`.repeat(100), 'static/$price.txt': '5$', 'app.py': '' },
  )
}

test('two sites dropped into an existing nginx serve beside what was there', async (t) => {
  if (!nginxOrSkip(t)) return
  const one = await site(t, 'one', {
    headers: { 'X-Money': 'costs $5' },
    routes: [{ name: 'hi', methods: ['HI'], respond: { body: 'one' } }],
  })
  const two = await site(t, 'two-b')
  const here = one.folder
  const include = (out: string, file: string) => `include ${join(out, file)};`
  writeFileSync(
    join(here, 'hand.conf'),
    `${process.getuid?.() === 0 ? 'user www-data;' : ''} load_module ${njsModule}; pid hand.pid; error_log hand.log; daemon off;
events {}
http {
  access_log off; client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
  map $uri $mine { default mine; }
  ${include(one.built.out, 'postern-http.conf')}
  ${include(two.built.out, 'postern-http.conf')}
  server { listen unix:${here}/hand.sock; server_name one.example; ${include(one.built.out, 'postern.conf')} }
  server { listen unix:${here}/hand.sock; server_name two.example; ${include(two.built.out, 'postern.conf')} }
  server { listen unix:${here}/hand.sock default_server; location / { return 200 $mine; } }
}
`,
  )
  const nginx = await runNginx(here, join(here, 'hand.conf'), join(here, 'hand.sock'), join(here, 'hand.log'))
  t.teardown(() => nginx.stop())
  const get = (host: string, path: string, options = {}) =>
    ask(join(here, 'hand.sock'), path, { headers: { host }, ...options })

  t.is((await get('other.example', '/')).text, 'mine')
  t.is((await get('other.example', '/')).headers['x-frame-options'], undefined)
  t.regex((await get('one.example', `/static/${long}`)).text, /^\/\* one \*\//)
  t.regex((await get('two.example', `/static/${long}`)).text, /^\/\* two-b \*\//)
  t.is((await get('one.example', '/static/$price.txt')).text, '5$')
  t.is((await get('one.example', '/static/')).headers['x-money'], 'costs $5')
  t.is((await get('one.example', '/', { method: 'HI' })).text, 'one')
  const away = await get('one.example', '/')
  t.is(away.status, 503)
  t.regex(String(away.headers['content-type']), /problem\+json|html/)
})

test('the drop-in forms hold nothing that belongs to the whole nginx', async (t) => {
  const { built } = await site(t, 'one')
  for (const file of ['postern.conf', 'postern-http.conf']) {
    const text = readFileSync(join(built.out, file), 'utf8')
    t.notRegex(
      text,
      /^(?:user|pid|load_module|events|worker_\w+|sendfile|types|default_type text|map_hash\w*|server_names\w*|listen|server_name|access_log \/) /m,
      file,
    )
    for (const [, name] of text.matchAll(
      /^\s*(?:map \S+|js_set|js_var|upstream|limit_req_zone) (?:\$)?(\w+)/gm,
    )) {
      t.regex(name as string, /^postern_one_/, `${file}: ${name}`)
    }
  }
})

test('Debian’s layout: both sites linked into a copy of /etc/nginx as the build says, beside the default site', async (t) => {
  if (!nginxOrSkip(t)) return
  const names = ['one', 'two-b']
  const built = await Promise.all(names.map((name) => site(t, name, { serverNames: [`${name}.example`] })))
  const here = (built[0] as (typeof built)[0]).folder
  const front = join(here, 'front.sock')
  const etc = join(here, 'etc')
  const folders = ['conf.d', 'snippets', 'sites-available', 'sites-enabled']
  for (const folder of folders) mkdirSync(join(etc, folder), { recursive: true })
  for (const [i, { built: one }] of built.entries()) {
    execFileSync('cp', ['-rsf', `${one.out}/debian/.`, etc])
    execFileSync('ln', ['-sf', `../sites-available/${names[i]}.conf`, join(etc, 'sites-enabled/')])
    // Both listen where the first does: that is what port 80 is on a real machine.
    const file = join(one.out, `debian/sites-available/${names[i]}.conf`)
    writeFileSync(file, readFileSync(file, 'utf8').replace(/listen unix:\S+;/, `listen unix:${front};`))
  }
  writeFileSync(
    join(etc, 'sites-enabled/default'),
    `server { listen unix:${front} default_server; return 404; }`,
  )
  writeFileSync(
    join(etc, 'nginx.conf'),
    `${process.getuid?.() === 0 ? 'user www-data;' : ''} load_module ${njsModule}; pid d.pid; error_log d.log; daemon off;
events {}
http {
  access_log off; client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
  include ${etc}/conf.d/*.conf;
  include ${etc}/sites-enabled/*;
}
`,
  )
  const nginx = await runNginx(here, join(etc, 'nginx.conf'), front, join(here, 'd.log'))
  t.teardown(() => nginx.stop())
  for (const name of names) {
    const reply = await ask(front, `/static/${long}`, { headers: { host: `${name}.example` } })
    t.true(reply.text.startsWith(`/* ${name} */`), name)
  }
  t.is((await ask(front, '/', { headers: { host: 'other.example' } })).status, 404)
})
