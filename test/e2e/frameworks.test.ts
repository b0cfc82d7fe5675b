// Flask, Bottle and Django as Debian packages them, behind a real nginx by each of its protocols.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { type Gateway, startGateway } from '../../gateway/index.ts'
import { apps, frameworks } from '../helpers/frameworks.ts'
import { python, testLog } from '../helpers/gateway.ts'
import { type Nginx, nginxOrSkip, startNginx, tempFolder } from '../helpers/nginx.ts'

const passes = {
  fastcgi: (name: string) => `include /etc/nginx/fastcgi_params; fastcgi_keep_conn on; fastcgi_pass ${name};`,
  uwsgi: (name: string) => `include /etc/nginx/uwsgi_params; uwsgi_pass ${name};`,
  proxy: (name: string) =>
    `proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; proxy_pass http://${name};`,
}

let nginx: Nginx | undefined
const gateways: Gateway[] = []
const folder = tempFolder('frameworks')

test.before(async (t) => {
  if (!nginxOrSkip(t)) return
  const blocks: string[] = []
  for (const [name, { options }] of Object.entries(frameworks)) {
    const socket = join(folder, `${name}.sock`)
    const common = {
      socket: [socket],
      python,
      'run-dir': join(folder, name),
      processes: 1,
      threads: 2,
      chdir: apps,
    }
    gateways.push(await startGateway({ ...common, ...options }, { log: testLog() }))
    for (const [protocol, pass] of Object.entries(passes)) {
      // An upstream each: kept connections must not be handed to another protocol.
      const upstream = `${name}_${protocol}`
      blocks.push(
        `upstream ${upstream} { server unix:${socket}; keepalive 4; }`,
        `server { listen unix:%PREFIX%/front.sock; server_name ${name}.${protocol}; location / { ${pass(upstream)} } }`,
      )
    }
  }
  nginx = await startNginx({ http: blocks.join('\n') })
})

test.after.always(async () => {
  await nginx?.stop()
  for (const gateway of gateways) await gateway.stop(2_000)
  rmSync(folder, { recursive: true, force: true })
})

for (const [name, { greeting }] of Object.entries(frameworks)) {
  for (const protocol of Object.keys(passes)) {
    test(`${name} by ${protocol}_pass: a page, a form, a page that is not there`, async (t) => {
      if (nginx === undefined) return t.pass()
      const headers = { host: `${name}.${protocol}` }
      const page = await nginx.ask('/', { headers })
      t.is(page.text, greeting)
      t.is(page.status, 200)
      const form = await nginx.ask('/echo', {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
        body: 'name=zo%C3%AB+%26+co',
      })
      t.is(form.status, 200, form.text)
      t.is(JSON.parse(form.text).name, 'zoë & co')
      t.is((await nginx.ask('/none', { headers })).status, 404)
    })
  }
}
