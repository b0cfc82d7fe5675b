import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { remember } from '../../../generate/njs/cache.ts'
import { buildSiteScript } from '../../../generate/njs/site-script.ts'

const home = mkdtempSync(join(tmpdir(), 'postern-cache-'))
process.env.XDG_CACHE_HOME = home
const folder = join(home, 'postern/njs')
test.after.always(() => rmSync(home, { recursive: true, force: true }))

test.serial('what was lowered once is not lowered again, unless its entry is damaged', async (t) => {
  let made = 0
  const ask = (part: string) =>
    remember([part], async () => {
      made += 1
      return { text: part, problems: [] }
    })
  t.is((await ask('a')).text, 'a')
  t.is((await ask('a')).text, 'a')
  t.is((await ask('b')).text, 'b')
  t.is(made, 2)
  for (const name of readdirSync(folder)) writeFileSync(join(folder, name), '{')
  t.is((await ask('a')).text, 'a')
  t.is(made, 3)
})

test.serial('the cache is private, small, and holds no secret', async (t) => {
  const secret = 'this is the secret of the signed links'
  const built = await buildSiteScript({
    prefix: 'p_',
    target: 'njs-0.7',
    signed: { secret, prefixes: ['/m/'] },
    jwt: { secret: `${secret} "2"`, from: { header: true }, leeway: 0 },
  })
  t.true(built.files.get('p.js')?.includes(JSON.stringify(`${secret} "2"`)))
  t.false(built.files.get('p.js')?.includes('postern-secret'))
  const entries = readdirSync(folder).map((name) => join(folder, name))
  t.false(entries.some((path) => readFileSync(path, 'utf8').includes(secret)))
  t.is(statSync(folder).mode & 0o777, 0o700)
  for (let i = 0; i < 110; i++) await remember([String(i)], async () => ({ text: '', problems: [] }))
  t.is(readdirSync(folder).length, 100)
})
