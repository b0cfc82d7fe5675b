// What the doctor sees of a machine: files, folders, sockets, certificates, in a folder of its own.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { findBehind, readBehind } from '../../../cli/doctor/behind.ts'
import { certificateHealth, folderHealth, machineHealth, socketHealth } from '../../../cli/doctor/machine.ts'
import { type Account, closedFolder } from '../../../generate/reach.ts'
import { Model } from '../../../lint/model/model.ts'
import { readTree } from '../../../lint/model/statement.ts'
import { parse } from '../../helpers/lint.ts'
import { makeCertificate } from '../../helpers/tls.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-doctor-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

/** Somebody who owns nothing here. */
const stranger: Account = { name: 'stranger', uid: 64_001, groups: [64_001] }
const model = (text: string) => new Model(readTree(parse(text)), [1, 22, 1])
const statement = (text: string, name: string) => model(text).named(name)[0]!

test('a folder that is not there, or that nginx may not enter or read, is named with the remedy', (t) => {
  chmodSync(folder, 0o755)
  const root = (path: string) => folderHealth(statement(`server { root ${path}; }`, 'root'), stranger)
  t.like(root(join(folder, 'missing')), { state: 'bad' })
  const shut = join(folder, 'shut')
  mkdirSync(join(shut, 'in'), { recursive: true })
  chmodSync(shut, 0o700)
  t.regex(root(join(shut, 'in'))?.what ?? '', /may not enter .*shut, on the way/)
  const unreadable = join(folder, 'unreadable')
  mkdirSync(unreadable)
  chmodSync(unreadable, 0o711)
  t.regex(root(unreadable)?.what ?? '', /may not read/)
  const open = join(folder, 'open')
  mkdirSync(open)
  t.like(root(open), { state: 'good' })
  t.is(root('$document_root'), undefined)
  t.is(closedFolder(open, stranger), undefined)
})

test('a socket is looked at, and connected to', async (t) => {
  const path = join(folder, 'app.sock')
  t.like(await socketHealth(path, stranger), { state: 'bad' })
  writeFileSync(path, '')
  t.regex((await socketHealth(path, undefined)).what, /is not a socket/)
  rmSync(path)
  const server = createServer()
  await new Promise<void>((done) => server.listen(path, done))
  chmodSync(path, 0o755)
  t.regex((await socketHealth(path, stranger)).what, /may not write to/)
  chmodSync(path, 0o777)
  t.like(await socketHealth(path, stranger), { state: 'good' })
  t.like(await socketHealth(path, { ...stranger, uid: statSync(path).uid }), { state: 'good' })
  await new Promise((done) => server.close(done))
})

test('a certificate’s names and its end are looked at', (t) => {
  const path = join(folder, 'cert.pem')
  makeCertificate(folder, 'cert', ['a.example'], 'ec', 30)
  const at = statement(`server { ssl_certificate ${path}; }`, 'ssl_certificate')
  t.like(certificateHealth(at, ['a.example']), { state: 'good' })
  t.regex(certificateHealth(at, ['b.example'])?.what ?? '', /does not hold b\.example/)
  t.like(certificateHealth(at, [], Date.now() + 20 * 86_400_000), { state: 'doubt' })
  t.like(certificateHealth(at, [], Date.now() + 40 * 86_400_000), { state: 'bad' })
  t.like(certificateHealth(statement('server { ssl_certificate /no/such.pem; }', 'ssl_certificate'), []), {
    state: 'bad',
  })
  t.like(
    certificateHealth(
      statement(`server { ssl_certificate ${join(folder, 'key.pem')}; }`, 'ssl_certificate'),
      [],
    ),
    { state: 'bad' },
  )
})

test('a whole configuration is asked for each thing once', async (t) => {
  const health = await machineHealth(
    model(
      `server { root ${folder}/none; location / { uwsgi_pass unix://${folder}/none.sock; } location /b { uwsgi_pass unix:${folder}/none.sock; } }`,
    ),
    stranger,
  )
  t.deepEqual(
    health.map((one) => one.state),
    ['bad', 'bad'],
  )
})

test('reads uwsgi.ini and gateway.json into what the checks know', async (t) => {
  writeFileSync(
    join(folder, 'uwsgi.ini'),
    '[uwsgi]\nbase = /run/x\nsocket = %(base)/app.sock\nhttp-socket = :8000\nharakiri = 30\nlimit-post = 1000\nchmod-socket = 660\n',
  )
  const { server } = await readBehind({ uwsgi: join(folder, 'uwsgi.ini') })
  t.deepEqual(server?.sockets, [
    { address: '/run/x/app.sock', speaks: ['uwsgi'] },
    { address: ':8000', speaks: ['http'] },
  ])
  t.like(server, { harakiriSeconds: 30, bodyLimit: 1000, bufferSize: 4096, socketMode: 0o660 })
  writeFileSync(join(folder, 'gateway.json'), '{"socket":["/run/g.sock"],"harakiri":20}')
  t.like((await readBehind({ gateway: join(folder, 'gateway.json') })).server, {
    name: 'postern',
    harakiriSeconds: 20,
    socketMode: 0o660,
  })
  writeFileSync(join(folder, 'broken.json'), '{')
  await t.throwsAsync(readBehind({ gateway: join(folder, 'broken.json') }), { name: 'PosternError' })
})

test('finds what lies about in a folder', (t) => {
  const project = join(folder, 'project')
  mkdirSync(join(project, 'out'), { recursive: true })
  t.deepEqual(findBehind(project), {})
  for (const name of ['manage.py', 'uwsgi.ini', 'out/nginx.conf']) writeFileSync(join(project, name), '')
  t.deepEqual(findBehind(project), {
    django: project,
    uwsgi: join(project, 'uwsgi.ini'),
    conf: join(project, 'out/nginx.conf'),
  })
})
