import test from 'ava'
import { dumpReader, isDump, splitDump } from '../../conf/dump.ts'
import { expandGlob } from '../../conf/glob.ts'
import { INCLUDE_DEPTH_LIMIT, INCLUDE_LIMIT, loadConf, type Reader } from '../../conf/include.ts'
import { contextOf, findAll, locationsOf, serversOf } from '../../conf/walk.ts'

/** Files by path, as a disk. */
const disk = (files: Record<string, string>): Reader =>
  dumpReader(Object.entries(files).map(([path, text]) => ({ path, text })))

const load = (files: Record<string, string>) => {
  const conf = loadConf('/etc/nginx/nginx.conf', disk(files))
  if (conf === undefined) throw new Error('the main file is missing')
  return conf
}

test('follows includes relative to the main file, from any depth', (t) => {
  const conf = load({
    '/etc/nginx/nginx.conf': 'http { include sites/*.conf; }',
    '/etc/nginx/sites/a.conf': 'server { include params; location / { } }',
    '/etc/nginx/sites/b.conf': 'server { }',
    '/etc/nginx/sites/.hidden.conf': 'broken',
    '/etc/nginx/params': 'uwsgi_param A b;',
  })
  t.deepEqual(
    conf.files.map((file) => file.path.slice(11)),
    ['nginx.conf', 'sites/a.conf', 'params', 'sites/b.conf'],
  )
  t.deepEqual(conf.includeProblems, [])
  const [param] = [...findAll(conf.main, 'uwsgi_param')]
  t.deepEqual(contextOf(param!), ['http', 'server'])
  t.is([...serversOf(conf.main)].length, 2)
  t.is([...locationsOf([...serversOf(conf.main)][0]!)].length, 1)
})

test('reports a missing file, but not a glob without matches', (t) => {
  const { includeProblems } = load({ '/etc/nginx/nginx.conf': 'include none*.conf;\ninclude gone.conf;' })
  t.deepEqual(
    includeProblems.map(({ message, span }) => [span.start.line, message]),
    [[2, 'open() "/etc/nginx/gone.conf" failed (2: No such file or directory)']],
  )
})

test('reports a file that includes itself, through a glob and through another', (t) => {
  const { includeProblems, files } = load({
    '/etc/nginx/nginx.conf': 'include /etc/nginx/*.conf;',
    '/etc/nginx/other.conf': 'include nginx.conf;',
  })
  t.deepEqual(
    includeProblems.map(({ code, file }) => [code, file]),
    [
      ['include-cycle', '/etc/nginx/nginx.conf'],
      ['include-cycle', '/etc/nginx/other.conf'],
    ],
  )
  t.is(files.length, 2)
})

test('stops at an include bomb', (t) => {
  const files: Record<string, string> = { '/etc/nginx/nginx.conf': 'include f0;' }
  for (let n = 0; n < 20; n++) files[`/etc/nginx/f${n}`] = `include f${n + 1}; include f${n + 1};`
  files['/etc/nginx/f20'] = ''
  const conf = load(files)
  t.is(conf.files.length, INCLUDE_LIMIT)
  t.deepEqual(
    conf.includeProblems.map(({ code }) => code),
    ['include-limit'],
  )
})

test('follows includes as deep as the limit and no deeper', (t) => {
  const chain = (length: number) => {
    const files: Record<string, string> = { '/etc/nginx/nginx.conf': 'include f1;' }
    for (let n = 1; n < length; n++) files[`/etc/nginx/f${n}`] = n + 1 < length ? `include f${n + 1};` : ''
    return load(files).includeProblems.length
  }
  t.is(chain(INCLUDE_DEPTH_LIMIT), 0)
  t.is(chain(INCLUDE_DEPTH_LIMIT + 1), 1)
})

test('gives undefined for a main file that cannot be read', (t) => {
  t.is(loadConf('/none', disk({})), undefined)
})

const NAMES: Record<string, string[]> = {
  '/d': ['b.conf', 'a.conf', '.c.conf', 'x1', 'x2', 'e'],
  '/d/e': ['f.conf'],
}
const globs = test.macro((t, pattern: string, wanted: string[]) => {
  t.deepEqual(
    expandGlob(pattern, (folder) => NAMES[folder] ?? []),
    wanted,
  )
})
test('globs sort and skip dot files', globs, '/d/*.conf', ['/d/a.conf', '/d/b.conf'])
test('globs match dot files when asked', globs, '/d/.*', ['/d/.c.conf'])
test('globs know ? and sets', globs, '/d/x[1-9]', ['/d/x1', '/d/x2'])
test('globs know negated sets', globs, '/d/x[!1]', ['/d/x2'])
test('globs do not cross folders', globs, '/*/f.conf', [])
test('globs match folders', globs, '/d/?/*.conf', ['/d/e/f.conf'])
test('globs take an unclosed bracket as it is', globs, '/d/[a', [])

test('splits the output of nginx -T into its files', (t) => {
  const text = [
    'nginx: the configuration file /e/n.conf syntax is ok',
    '# configuration file /e/n.conf:',
    'include a*;',
    '',
    '# configuration file /e/a.conf:',
    'user x;',
    '# no line end',
    '',
  ].join('\n')
  t.true(isDump(text))
  t.deepEqual(splitDump(text), [
    { path: '/e/n.conf', text: 'include a*;\n' },
    { path: '/e/a.conf', text: 'user x;\n# no line end' },
  ])
  const conf = loadConf('/e/n.conf', dumpReader(splitDump(text)))
  t.is(conf?.files.length, 2)
  t.false(isDump('user x;\n# configuration file /e/a.conf:\n'))
})
