// --fix against the real `nginx -t`: a configuration that nginx takes is taken after the repair as well, whatever rule
// asked for it. The configurations are the rules' own bad examples, put into the blocks they were written for.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { loadConfText } from '../../conf/include.ts'
import { lintConf } from '../../lint/lint.ts'
import { inferContext } from '../../lint/model/statement.ts'
import { nginxTest } from '../../lint/nginx-test.ts'
import { repair } from '../../lint/repair.ts'
import { rules } from '../../lint/rules.generated.ts'
import { RealNginx } from '../conf/check/real-nginx.ts'
import { parse } from '../helpers/lint.ts'
import { tempFolder } from '../helpers/nginx.ts'
import { hasOpenssl, makeCertificate } from '../helpers/tls.ts'

const real = hasOpenssl() ? RealNginx.find() : undefined
const folder = tempFolder('postern-fix-')
if (real !== undefined) makeCertificate(folder, 'site', ['example.com'])
test.after.always(() => real?.close())

const nginx = real?.version ?? '1.22.1'
const AROUND = 'error_log stderr; events {} '
const NO_FILES = { read: () => undefined, list: () => [] }

/** The example as a whole configuration, with what the examples take for granted: certificates, an upstream, a map. */
function whole(text: string): string {
  const names = parse(text).children.flatMap((one) => (one.kind === 'directive' ? [one.name.value] : []))
  const tls = `ssl_certificate ${folder}/site.pem; ssl_certificate_key ${folder}/site-key.pem; `
  const app = /upstream app/.test(text) ? '' : 'upstream app { server 127.0.0.1:1; } '
  const context = inferContext(names)
  if (context.length === 0)
    return `${names.includes('events') ? '' : AROUND}${text.replace(/http \{/, `http { ${tls}${app}`)}`
  const open = context
    .map((name) =>
      name === 'location' ? 'location / {' : name === 'http' ? `http { ${tls}${app}` : `${name} {`,
    )
    .join(' ')
  return `${AROUND}${open} ${text} ${'}'.repeat(context.length)}`
}

const lintWhole = (text: string) => {
  const conf = loadConfText(text, 'c.conf', NO_FILES, { prefix: '/nowhere' })
  return { conf, result: lintConf(conf, rules, { nginx, nginxTest: nginxTest(nginx, undefined) }) }
}

function repaired(text: string): { text: string; applied: number } {
  const first = lintWhole(text)
  const done = repair(first.conf, first.result, (texts) => lintWhole(texts.get('c.conf') ?? text))
  return { text: done.texts.get('c.conf') ?? text, applied: done.applied }
}

for (const rule of rules.filter((one) => one.fixable)) {
  test(`${rule.name}: what nginx takes, it takes after --fix`, (t) => {
    if (real === undefined) return t.pass('skipped: nginx, one of its modules or openssl is not installed')
    let repairs = 0
    for (const example of rule.bad) {
      const before = whole(typeof example === 'string' ? example : example.conf)
      if (real.ask(before)?.refused !== false) continue
      const after = repaired(before)
      if (after.applied === 0) continue
      repairs += 1
      t.deepEqual(real.ask(after.text), { refused: false, line: 0, message: '' }, after.text)
      t.is(repaired(after.text).applied, 0, 'a second --fix has nothing to do')
    }
    t.log(`${repairs} repaired configurations held against nginx ${real.version}`)
    t.true(repairs > 0 || REFUSED_ANYWAY.has(rule.name), 'no example that nginx takes and --fix repairs')
  })
}

/** They speak of files that the tests' machine does not have. */
const REFUSED_ANYWAY = new Set<string>(['letsencrypt-leaf-only'])

const pairs: { hit?: string }[] = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/lint-pairs.json'), 'utf8'),
)

test('whole configurations with a fault: what nginx takes, it takes after --fix', (t) => {
  if (real === undefined) return t.pass('skipped: nginx, one of its modules or openssl is not installed')
  let repairs = 0
  for (const pair of pairs) {
    const hit = (pair.hit ?? '').replace(
      /ssl_certificate(_key)? [^;]+;/g,
      (_, key) => `ssl_certificate${key ?? ''} ${folder}/site${key ? '-key' : ''}.pem;`,
    )
    const after = repaired(hit)
    if (after.applied === 0 || real.ask(hit)?.refused !== false) continue
    repairs += 1
    t.deepEqual(
      real.ask(after.text),
      { refused: false, line: 0, message: '' },
      `${hit}\n--fix made\n${after.text}`,
    )
  }
  t.log(`${repairs} repaired configurations held against nginx ${real.version}`)
  t.true(repairs > 10)
})
