// The way from a configuration to what is said: syntax first, suppressions with reasons, baseline, settings, repair.
import test from 'ava'
import { loadConfText } from '../../conf/include.ts'
import { makeBaseline, newFindings, readBaseline } from '../../lint/baseline.ts'
import { applyEdits } from '../../lint/fix.ts'
import { lintConf } from '../../lint/lint.ts'
import { repair } from '../../lint/repair.ts'
import type { Finding } from '../../lint/rule.ts'
import { rules } from '../../lint/rules.generated.ts'
import { findRule, readRuleOption, readSettings, requireRule } from '../../lint/settings.ts'

const reader = (files: Record<string, string> = {}) => ({
  read: (path: string) => files[path],
  list: (folder: string) =>
    Object.keys(files)
      .filter((path) => path.startsWith(`${folder}/`))
      .map((path) => path.slice(folder.length + 1)),
})
const load = (text: string, files: Record<string, string> = {}) =>
  loadConfText(text, '/c/nginx.conf', reader(files))
const lint = (text: string, files: Record<string, string> = {}, more: object = {}): Finding[] =>
  lintConf(load(text, files), rules, { nginx: '1.22.1', ...more }).findings
const names = (findings: Finding[]): string[] => findings.map((one) => `${one.line} ${one.rule}`)

const bad = 'location /static { alias /srv/static/; }'

test('a missing brace is an error, and nothing else is said', (t) => {
  const findings = lint(`http {\n server {\n ${bad}\n`)
  t.true(findings.length > 0)
  t.true(findings.every((one) => one.rule === 'syntax' && one.severity === 'error'))
})

test('a missing include is an error, one that comes with nginx is not', (t) => {
  t.deepEqual(names(lint('include mime.types;\ninclude nothere.conf;\n')), ['2 include'])
})

test('findings in included files name the file', (t) => {
  const [one] = lint('http { include site.conf; server_tokens off; }', {
    '/c/site.conf': `server { listen 127.0.0.1:80;\n ${bad} }`,
  })
  t.deepEqual([one?.file, one?.line, one?.rule], ['/c/site.conf', 2, 'alias-traversal'])
})

test('a file included twice is said once', (t) => {
  const findings = lint(
    'server { listen 127.0.0.1:1; include s; }\nserver { listen 127.0.0.1:2; include s; }',
    { '/c/s': bad },
  )
  t.deepEqual(names(findings), ['1 alias-traversal'])
})

test('a comment behind the directive silences its line', (t) => {
  t.deepEqual(
    names(
      lint(
        `server { listen 127.0.0.1:80;\n${bad} # postern-ignore alias-traversal -- only public files there\n}`,
      ),
    ),
    [],
  )
})

test('a comment above a block silences the whole block', (t) => {
  t.deepEqual(
    names(
      lint(
        'server { listen 127.0.0.1:80;\n# postern-ignore alias-traversal -- only public files there\nlocation /static {\n alias /srv/static/;\n}\n}',
      ),
    ),
    [],
  )
})

test('postern-ignore-file silences the file', (t) => {
  t.deepEqual(
    names(
      lint(
        `# postern-ignore-file alias-traversal -- an old site\nserver { listen 127.0.0.1:80;\n${bad}\nlocation /x { alias /srv/y/; }\n}`,
      ),
    ),
    [],
  )
})

test('an ignore without a reason silences nothing and is a finding', (t) => {
  t.deepEqual(names(lint(`server { listen 127.0.0.1:80;\n${bad} # postern-ignore alias-traversal\n}`)), [
    '2 alias-traversal',
    '2 ignore-without-reason',
  ])
})

test('an ignore that silences nothing is a finding', (t) => {
  t.deepEqual(names(lint('server { listen 127.0.0.1:80; # postern-ignore alias-traversal -- why\n}')), [
    '1 unused-ignore',
  ])
})

test('an ignore of an unknown rule is a finding', (t) => {
  t.deepEqual(names(lint('server { listen 127.0.0.1:80; # postern-ignore no-such-rule -- why\n}')), [
    '1 unused-ignore',
  ])
})

test('an ignore of a rule that is switched off is not called unused', (t) => {
  t.deepEqual(
    names(
      lint(
        'server { listen 127.0.0.1:80; # postern-ignore alias-traversal -- why\n}',
        {},
        { severities: { 'alias-traversal': 'off' } },
      ),
    ),
    [],
  )
})

test('severities can be set, rules switched off and on', (t) => {
  const text = `server { listen 127.0.0.1:80;\n${bad} location / { root /srv; } }`
  t.deepEqual(
    lint(text, {}, { severities: { 'alias-traversal': 'info' } }).map((one) => one.severity),
    ['info'],
  )
  t.deepEqual(lint(text, {}, { severities: { 'alias-traversal': 'off' } }), [])
  t.deepEqual(
    names(lint(text, {}, { severities: { 'root-in-location': 'warning', 'alias-traversal': 'off' } })),
    ['2 root-in-location'],
  )
})

test('a baseline knows findings again after lines have moved, and counts them', (t) => {
  const text = `server { listen 127.0.0.1:80;\n${bad}\n}`
  const lineOf = (source: string) => (_: string, line: number) => source.split('\n')[line - 1] ?? ''
  const baseline = readBaseline(JSON.stringify(makeBaseline(lint(text), lineOf(text))), 'b.json')
  const moved = `\n\n${text}`
  t.deepEqual(newFindings(lint(moved), baseline, lineOf(moved)), [])
  const more = `server { listen 127.0.0.1:80;\n${bad}\nlocation /a/ { ${bad} }\n}`
  t.is(newFindings(lint(more), baseline, lineOf(more)).length, 1)
})

for (const text of [
  '{',
  '{}',
  '{"version":1,"findings":[{"rule":1}]}',
  '{"version":2,"findings":[]}',
  'null',
]) {
  test(`a baseline that is not one is refused: ${text}`, (t) =>
    void t.throws(() => readBaseline(text, 'b.json'), { name: 'PosternError' }))
}

test('rules are found by the names others have for them', (t) => {
  t.is(findRule(rules, 'http_splitting')?.name, 'http-splitting')
  t.is(findRule(rules, 'gixy: ssrf')?.name, 'ssrf')
  t.is(findRule(rules, 'missing_resolver')?.name, 'missing-resolver')
  t.is(findRule(rules, 'CVE-2026-42945')?.name, 'unnamed-groups')
})

test('an unknown rule is named with the nearest one', (t) => {
  const error = t.throws(() => requireRule(rules, 'alias-traversel'), { name: 'PosternError' }) as Error & {
    hint: string
  }
  t.regex(error.hint, /alias-traversal/)
})

test('reads --rule and settings files, and refuses what they do not mean', (t) => {
  t.deepEqual(readRuleOption(rules, 'ssrf=off'), ['ssrf', 'off'])
  t.deepEqual(readRuleOption(rules, 'root-in-location'), ['root-in-location', 'info'])
  t.throws(() => readRuleOption(rules, 'ssrf=loud'), { name: 'PosternError' })
  t.deepEqual(readSettings('{"rules":{"ssrf":"info"},"nginx":"1.26"}', 's.json', rules), {
    rules: { ssrf: 'info' },
    nginx: '1.26',
  })
  for (const text of ['{', '{"rule":{}}', '{"rules":[]}', '{"rules":{"nope":"off"}}'])
    t.throws(() => readSettings(text, 's.json', rules), { name: 'PosternError' })
})

test('edits that touch each other are not applied together', (t) => {
  const edit = (start: number, end: number, text: string) => ({ file: 'f', start, end, text })
  t.is(applyEdits('abcdef', [edit(1, 3, 'X'), edit(2, 4, 'Y'), edit(5, 6, 'Z')]), 'aXdeZ')
  t.is(applyEdits('abc', [edit(1, 1, 'X'), edit(1, 1, 'X')]), 'aXbc')
})

test('repairs several files in several rounds, and stops when nothing is left', (t) => {
  const files: Record<string, string> = {
    '/c/site.conf':
      'server { listen 127.0.0.1:80; location /static { alias /srv/static/; } return 301 https://$host$uri; }',
  }
  const conf = load('http { server_tokens build; include site.conf; }', files)
  const again = (texts: Map<string, string>) => {
    const changed = loadConfText(
      texts.get('/c/nginx.conf') ?? conf.main.text,
      '/c/nginx.conf',
      reader({ ...files, ...Object.fromEntries(texts) }),
    )
    return { conf: changed, result: lintConf(changed, rules, { nginx: '1.22.1' }) }
  }
  const done = repair(conf, lintConf(conf, rules, { nginx: '1.22.1' }), again)
  t.is(done.texts.get('/c/nginx.conf'), 'http { server_tokens off; include site.conf; }')
  t.is(
    done.texts.get('/c/site.conf'),
    'server { listen 127.0.0.1:80; location /static/ { alias /srv/static/; } return 301 https://$host$request_uri; }',
  )
  t.deepEqual(
    done.result.findings.filter((one) => one.fix !== undefined),
    [],
  )
})
