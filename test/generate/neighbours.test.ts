// Two sites with HTTP/3 in one nginx, laid out as Debian does it: the second owner of an address is refused when it is built.
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { PosternError } from '../../errors.ts'
import { buildSite } from '../../generate/build.ts'
import { tempFolder } from '../helpers/nginx.ts'

type Site = {
  name: string
  folder?: string
  host?: string
  listen?: string[]
  http3?: boolean | 'shared'
  out?: string
}

function machine(t: ExecutionContext) {
  const place = tempFolder('beside')
  t.teardown(() => rmSync(place, { recursive: true, force: true }))
  const etc = join(place, 'etc')
  for (const folder of ['sites-enabled', 'conf.d']) mkdirSync(join(etc, folder), { recursive: true })
  const beside = join(etc, 'nginx.conf')
  const includes = 'include conf.d/*.conf; include sites-enabled/*;'
  writeFileSync(beside, `events {}\nhttp { ${includes} }\n`)
  /** Builds a site, as far as it goes, for a version of nginx that need not be here. */
  const build = async ({
    name,
    listen = ['443'],
    http3 = true,
    out = 'out',
    folder: at = name,
    host = `${name}.example`,
  }: Site) => {
    const folder = join(place, at)
    mkdirSync(folder, { recursive: true })
    const config = join(folder, 'postern.config.json')
    const text = {
      name,
      serverNames: [host],
      nginx: { version: '1.26.3' },
      tls: { certificate: 'c.pem', key: 'k.pem', listen, http3 },
      routes: [{ path: '/', respond: { body: name } }],
    }
    writeFileSync(config, JSON.stringify(text))
    return buildSite({ config, out: join(folder, out), beside })
  }
  return {
    beside,
    build,
    etc,
    site: async (site: Site) => (await build(site)).out,
    /** As the build's own line says. */
    enable(name: string, out: string) {
      execFileSync('cp', ['-rsf', `${out}/debian/.`, etc])
      rmSync(join(etc, 'sites-enabled', `${name}.conf`), { force: true })
      symlinkSync(`../sites-available/${name}.conf`, join(etc, 'sites-enabled', `${name}.conf`))
    },
  }
}

const refused = async (t: ExecutionContext, building: Promise<unknown>) =>
  (await t.throwsAsync(building, { code: 'GENERATE_QUIC_TAKEN' })) as PosternError

test('the second site that owns an address for QUIC is refused; shared, elsewhere and itself are not', async (t) => {
  const { site, enable, etc } = machine(t)
  enable('first', await site({ name: 'first' }))
  const error = await refused(t, site({ name: 'second' }))
  t.regex(error.message, /sites-enabled\/first\.conf:\d+ \(first\.example\) has claimed 443 for QUIC/)
  t.true(error.message.includes(etc))
  t.regex(error.hint ?? '', /http3: 'shared'/)
  enable('second', await site({ name: 'second', http3: 'shared' }))
  await site({ name: 'second', http3: false })
  await site({ name: 'second', listen: ['8443'] })
  await site({ name: 'second', listen: ['127.0.0.1:443'] })
  for (const out of ['out', 'next-release']) await site({ name: 'first', out })
})

test('an address is the same however it is written', async (t) => {
  const { site, enable } = machine(t)
  enable('first', await site({ name: 'first', listen: ['[::]:443', '*:443'] }))
  for (const listen of ['443', '0.0.0.0:443', '[::]:443'])
    await refused(t, site({ name: 'second', listen: [listen] }))
})

test('a server that includes the drop-in form of this very site may own the address', async (t) => {
  const { site, etc } = machine(t)
  const out = await site({ name: 'first' })
  const own = `server { listen 443 quic reuseport; server_name mine; include ${out}/postern.conf; }\n`
  writeFileSync(join(etc, 'conf.d/mine.conf'), own)
  await site({ name: 'first' })
  await refused(t, site({ name: 'second' }))
})

test('without an nginx on this machine nothing is known of other sites', async (t) => {
  const { site, beside } = machine(t)
  rmSync(beside)
  t.truthy(await site({ name: 'first' }))
})

test('a site built into the folder of another one is told', async (t) => {
  const place = tempFolder('one-folder')
  t.teardown(() => rmSync(place, { recursive: true, force: true }))
  const build = async (name: string) => {
    const config = join(place, name)
    writeFileSync(
      config,
      JSON.stringify({ nginx: { version: '1.26.3' }, routes: [{ path: '/', respond: { body: name } }] }),
    )
    return (await buildSite({ config })).notes.filter((note) => note.includes('until now'))
  }
  t.deepEqual(await build('a.json'), [])
  t.deepEqual(await build('a.json'), [])
  const [note = ''] = await build('b.json')
  t.true(note.startsWith(`${place}/out held the site of ${place}/a.json until now`), note)
  rmSync(join(place, 'b.json'))
  t.deepEqual(await build('a.json'), [], 'a site file that was renamed is no other site')
})

test('another site of the same name in sites-available is told, a new release of this one is not', async (t) => {
  const here = machine(t)
  const shop = { name: 'shop', http3: false, host: 'shop.example' }
  const notes = async (more: object) =>
    (await here.build({ ...shop, ...more })).notes.filter((note) => note.includes('sites-available'))
  t.deepEqual(await notes({}), [])
  here.enable('shop', (await here.build(shop)).out)
  t.deepEqual(await notes({ folder: 'next-release' }), [])
  const [note = ''] = await notes({ folder: 'elsewhere', host: 'other.example' })
  t.regex(note, /another site of the name shop \(shop\.example.*\): give this one another `name`/)
})
