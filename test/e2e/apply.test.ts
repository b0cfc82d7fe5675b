// A change of the site file is in service, or everything is as it was.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { apply } from '../../cli/apply/apply.ts'
import { differences, printDifferences } from '../../cli/apply/report.ts'
import { planBuild } from '../../generate/build.ts'
import { nginxOrSkip } from '../helpers/nginx.ts'
import { serveApp, writeFiles } from '../helpers/site.ts'

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
  t.deepEqual(found.map(({ path }) => path).sort(), ['nginx.conf', 'postern.conf'])
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
