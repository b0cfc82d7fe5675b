// A change of the site file is in service, or everything is as it was.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { apply } from '../../cli/apply/apply.ts'
import { differences, printDifferences } from '../../cli/apply/report.ts'
import { planBuild } from '../../generate/build.ts'
import { ask, nginxOrSkip, njsModule, runNginx } from '../helpers/nginx.ts'
import { buildTemp, serveApp, writeFiles } from '../helpers/site.ts'

const plain = { red: String, green: String, bold: String, dim: String }

test('apply switches, reloads and asks; what nginx refuses or the site answers with 5xx is rolled back', async (t) => {
  if (!nginxOrSkip(t)) return
  const { folder, built, ask } = await serveApp(t)
  const config = join(folder, 'postern.config.json')
  const site = JSON.parse(readFileSync(config, 'utf8'))
  const steps: string[] = []
  const voice = { step: (text: string) => steps.push(text), warn: (text: string) => steps.push(text) }
  const change = (more: object) =>
    writeFiles(folder, { 'postern.config.json': JSON.stringify({ ...site, ...more }) })
  const conf = () => readFileSync(join(built.out, 'nginx.conf'), 'utf8')
  const first = conf()

  t.is(await apply({ config, lint: true }, voice), 'unchanged')

  change({ headers: { 'X-Version': '2' } })
  const found = await differences(await planBuild({ config, dry: true }))
  t.deepEqual(found.map(({ path }) => path).sort(), [
    'debian/snippets/postern-test.conf',
    'nginx.conf',
    'postern.conf',
  ])
  t.true((await printDifferences(found, plain, false)).includes('  + add_header X-Version 2 always'))
  t.is(conf(), first, 'diff changes nothing')
  t.is(await apply({ config, lint: true }, voice), 'applied')
  t.is((await ask('/')).headers['x-version'], '2')
  t.true(
    steps.some((text) => text.includes('new workers')),
    steps.join('\n'),
  )

  const second = conf()
  change({
    tls: {
      certificate: '/nowhere.pem',
      key: '/nowhere.key',
      listen: ['127.0.0.1:0'.replace(':0', ':65123')],
    },
  })
  await t.throwsAsync(apply({ config, lint: false }, voice), {
    code: 'GENERATE_NGINX_REFUSES',
    message: /nowhere\.pem/,
  })
  t.is(conf(), second, 'nothing was switched')

  change({
    routes: [{ path: '/', respond: { status: 500, body: 'broken' } }],
    app: undefined,
    static: [{ at: '/s/', root: '.' }],
  })
  await t.throwsAsync(apply({ config, lint: false, path: '/' }, voice), {
    code: 'APPLY_ROLLED_BACK',
    message: /answered 500/,
  })
  t.is(conf(), second, 'the old files are back')
  t.is((await ask('/')).headers['x-version'], '2')
})

test('apply to an nginx that includes the drop-in forms: its own nginx -t decides', async (t) => {
  if (!nginxOrSkip(t)) return
  const site = { app: undefined, static: [{ at: '/s/', root: 's' }] }
  const { folder, built } = await buildTemp(t, site, { 's/a.txt': 'a' })
  const config = join(folder, 'postern.config.json')
  const front = join(folder, 'hand.sock')
  const hand = (
    more: string,
  ) => `${process.getuid?.() === 0 ? 'user www-data;' : ''} load_module ${njsModule}; pid ${folder}/hand.pid; error_log ${folder}/hand.log; daemon off;
events {}
http { access_log off; client_body_temp_path ${folder}/t1; proxy_temp_path ${folder}/t2; fastcgi_temp_path ${folder}/t3; uwsgi_temp_path ${folder}/t4; scgi_temp_path ${folder}/t5;
  include ${built.out}/postern-http.conf; server { listen unix:${front}; ${more} include ${built.out}/postern.conf; } }`
  writeFiles(folder, { 'hand.conf': hand('') })
  const nginx = await runNginx(folder, join(folder, 'hand.conf'), front, join(folder, 'hand.log'))
  t.teardown(() => nginx.stop())
  const host = {
    conf: join(folder, 'hand.conf'),
    pid: join(folder, 'hand.pid'),
    errorLog: join(folder, 'hand.log'),
  }
  const quiet = { step: () => {}, warn: () => {} }
  const said = JSON.parse(readFileSync(config, 'utf8'))
  writeFiles(folder, { 'postern.config.json': JSON.stringify({ ...said, headers: { 'X-Version': '2' } }) })
  t.is(await apply({ config, lint: false, host }, quiet), 'applied')
  t.is((await ask(front, '/s/a.txt')).headers['x-version'], '2')

  // What is fine by itself collides with what stands in the other file.
  writeFiles(folder, { 'hand.conf': hand('location = /-/health { return 204; }') })
  const before = readFileSync(join(built.out, 'postern.conf'), 'utf8')
  writeFiles(folder, { 'postern.config.json': JSON.stringify({ ...said, health: '/-/health' }) })
  await t.throwsAsync(apply({ config, lint: false, host }, quiet), {
    code: 'APPLY_ROLLED_BACK',
    message: /duplicate location/,
  })
  t.is(readFileSync(join(built.out, 'postern.conf'), 'utf8'), before)
  t.is((await ask(front, '/s/a.txt')).headers['x-version'], '2')
})
