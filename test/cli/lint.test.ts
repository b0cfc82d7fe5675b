// The commands lint and explain as they are typed: what they print and how they end.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { main } from '../../cli/main.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-lint-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** Runs one command line in this process, what it writes caught. */
async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const caught = { out: '', err: '' }
  const { write: out } = process.stdout
  const { write: err } = process.stderr
  process.exitCode = undefined
  const catching = (stream: 'out' | 'err') => (text: string) => {
    caught[stream] += text
    return true
  }
  process.stdout.write = catching('out') as typeof out
  process.stderr.write = catching('err') as typeof err
  try {
    return { code: await main(argv), ...caught }
  } finally {
    process.stdout.write = out
    process.stderr.write = err
    process.exitCode = undefined
  }
}

const lint = async (...argv: string[]) => {
  const { code, out, err } = await run('lint', '--nginx', '1.22.1', ...argv)
  return { code, out, err }
}

const bad = 'server { listen 127.0.0.1:80; location /static { alias /srv/static/; } }\n'
const good = 'server { listen 127.0.0.1:80; location /static/ { alias /srv/static/; } }\n'

test.serial('exit 0 without findings, 1 with, 2 for what cannot be read', async (t) => {
  t.is((await lint(file('good.conf', good))).code, 0)
  t.is((await lint(file('bad.conf', bad))).code, 1)
  t.is((await lint(join(folder, 'none.conf'))).code, 2)
  t.is((await lint()).code, 2)
  t.is((await lint('--context', 'nowhere', file('good.conf', good))).code, 2)
  t.is((await lint('--rule', 'no-such=off', file('good.conf', good))).code, 2)
  t.is((await run('lint', '--nginx', 'abc', file('good.conf', good))).code, 2)
})

test.serial('--fail-on moves the threshold', async (t) => {
  const path = file('info.conf', 'server { listen 80; autoindex on; }\n')
  t.is((await lint(path)).code, 0)
  t.is((await lint('--fail-on', 'info', path)).code, 1)
  t.is((await lint('--fail-on', 'never', file('bad.conf', bad))).code, 0)
})

test.serial('--json prints an array, and nothing else', async (t) => {
  const { out } = await lint('--json', file('bad.conf', bad))
  t.is(JSON.parse(out)[0].rule, 'alias-traversal')
  t.deepEqual(JSON.parse((await lint('--json', file('good.conf', good))).out), [])
})

test.serial('--ignore, --only and --settings choose rules', async (t) => {
  const path = file('bad.conf', bad)
  t.is((await lint('--ignore', 'alias_traversal', path)).code, 0)
  t.is((await lint('--only', 'ssrf', path)).code, 0)
  t.is((await lint('--settings', file('s.json', '{"rules":{"alias-traversal":"info"}}'), path)).code, 0)
})

test.serial('--fix repairs the file and says what is left', async (t) => {
  const path = file('fix.conf', bad)
  t.is((await lint('--fix', path)).code, 0)
  t.is(readFileSync(path, 'utf8'), good)
})

test.serial('a baseline silences what it knows', async (t) => {
  const path = file('bad.conf', bad)
  const baseline = join(folder, 'baseline.json')
  t.is((await lint('--write-baseline', baseline, path)).code, 0)
  t.is((await lint('--baseline', baseline, path)).code, 0)
  t.is((await lint('--baseline', file('broken.json', '{'), path)).code, 2)
})

test.serial('a dump of nginx -T is linted as its files', async (t) => {
  const path = file(
    'dump.txt',
    `# configuration file /etc/nginx/nginx.conf:\nevents { }\nhttp { server_tokens off; include conf.d/*.conf; }\n\n# configuration file /etc/nginx/conf.d/a.conf:\n${bad}\n`,
  )
  const [one] = JSON.parse((await lint('--json', '--ignore', 'missing-worker-processes', path)).out)
  t.deepEqual([one.file, one.line, one.rule], ['/etc/nginx/conf.d/a.conf', 1, 'alias-traversal'])
})

test.serial('a folder is its nginx.conf, or each of its files', async (t) => {
  const inner = mkdtempSync(join(folder, 'x-'))
  t.is((await lint(inner)).code, 2)
  writeFileSync(join(inner, 'a.conf'), good)
  writeFileSync(join(inner, 'b.conf'), bad)
  t.is(JSON.parse((await lint('--json', inner)).out).length, 1)
})

test.serial('explain shows a rule by any of its names, and lists all', async (t) => {
  const one = await run('explain', 'http_splitting')
  t.is(one.code, 0)
  t.true(one.out.includes('http-splitting') && one.out.includes('$document_uri'))
  t.true((await run('explain')).out.split('\n').length > 100)
  t.true((await run('explain', 'server-timeout')).out.includes('harakiri'))
  const wrong = await run('explain', 'alias-traversel')
  t.is(wrong.code, 2)
  t.true(wrong.err.includes('alias-traversal'))
})

test.serial('what lies beside a configuration is held against it, without being run', async (t) => {
  const beside = mkdtempSync(join(folder, 'beside-'))
  const put = (name: string, text: string): string => {
    mkdirSync(join(beside, name, '..'), { recursive: true })
    writeFileSync(join(beside, name), text)
    return join(beside, name)
  }
  const conf = put(
    'nginx.conf',
    'server { listen 127.0.0.1:80; server_name www.example.com; location /static/ { alias /srv/x/; }\n' +
      'location / { uwsgi_param REQUEST_METHOD $request_method; uwsgi_pass unix:/run/one.sock; } }\n',
  )
  put('uwsgi.ini', '[uwsgi]\nsocket = /run/two.sock\nchmod-socket = 660\nchown-socket = www-data\n')
  const settings = put(
    'mysite/settings.py',
    'from pathlib import Path\nBASE = Path(__file__).resolve().parent.parent\nopen(BASE / "ran", "w")\n' +
      'STATIC_URL = "/static/"\nSTATIC_ROOT = BASE / "collected"\nALLOWED_HOSTS = ["example.com"]\n',
  )
  put('manage.py', 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")\n')
  const rulesOf = async (...argv: string[]) =>
    (JSON.parse((await lint('--json', ...argv)).out) as { rule: string }[])
      .map((one) => one.rule)
      .filter((rule) => /^(?:django|server-s)/.test(rule) && rule !== 'django-body-size')
      .sort()
  const all = ['django-allowed-hosts', 'django-static-path', 'server-socket']
  t.deepEqual(await rulesOf(conf), all)
  t.deepEqual(await rulesOf(beside), all)
  t.deepEqual(await rulesOf('--no-behind', conf), [])
  t.deepEqual(await rulesOf('--django', settings, conf), ['django-allowed-hosts', 'django-static-path'])
  t.deepEqual(await rulesOf('--uwsgi', join(beside, 'uwsgi.ini'), conf), ['server-socket'])
  t.false(existsSync(join(beside, 'ran')), 'the settings were run')
  t.regex((await lint(conf)).err, /held against .*settings\.py and .*uwsgi\.ini beside it/)
  // Nobody asked for them: what cannot be read is said, and does not stop anything.
  put('uwsgi.ini', '[uwsgi]\nini = nowhere.ini\n')
  const broken = await lint('--json', conf)
  t.is(broken.code, 1)
  t.regex(broken.err, /uwsgi\.ini lies beside it and could not be read/)
  t.false(existsSync(join(beside, 'ran')))
})
