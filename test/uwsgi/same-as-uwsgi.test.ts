// The same files through the real `uwsgi --show-config` and through postern's reader: the same keys and values.
import { spawn } from 'node:child_process'
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import test from 'ava'
import { isLogicEnd, isLogicStart } from '../../uwsgi/logic.ts'
import { readConfiguration } from '../../uwsgi/read.ts'
import { realWorld } from '../../uwsgi/world.ts'

const uwsgi = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'uwsgi'))
  .find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })

type Case = { files: Record<string, string>; argv: string[]; env?: Record<string, string> }

const ini = (body: string): Case => ({ files: { 'a.ini': `[uwsgi]\n${body}\n` }, argv: ['--ini', 'a.ini'] })

const cases: Record<string, Case> = {
  'plain keys': ini('master = true\nprocesses=4\n  threads\t=  2  \nvacuum'),
  'comments only at the start of a line': ini('; one\n# two\nx-dir = /srv ; three\nx-log = /a#b\n   ; four'),
  'a value with equals signs': ini('env = A=b=c\nmount = /x=app.py'),
  'no key before the equals sign': ini(' = x\n=\nmaster = 1'),
  'carriage returns': ini('master = true\r\nprocesses = 2\r'),
  'text before the first section': {
    files: { 'a.ini': 'master = 1\n[uwsgi]\nprocesses = 3\n' },
    argv: ['--ini', 'a.ini'],
  },
  'no line break at the end': { files: { 'a.ini': '[uwsgi]\nprocesses = 3' }, argv: ['--ini', 'a.ini'] },
  'a section twice': {
    files: { 'a.ini': '[uwsgi]\nprocesses = 3\n[other]\nmaster = 1\n[uwsgi]\nthreads = 2\n' },
    argv: ['--ini', 'a.ini'],
  },
  'another section': {
    files: { 'a.ini': '[uwsgi]\nprocesses = 3\n[production]\nmaster = 1\n' },
    argv: ['--ini', 'a.ini:production'],
  },
  'a base section of the same file': {
    files: { 'a.ini': '[base]\nmaster = 1\nprocesses = 2\n[uwsgi]\nini = :base\nprocesses = 4\n' },
    argv: ['--ini', 'a.ini'],
  },
  'an included file': {
    files: {
      'a.ini': '[uwsgi]\nini = sub/b.ini\nx-log = %d%n\n',
      'sub/b.ini': '[uwsgi]\nx-dir = %d\nx-name = %n.%e %c\n',
    },
    argv: ['--ini', 'a.ini'],
  },
  'an included section': {
    files: { 'a.ini': '[uwsgi]\ninclude = b.ini\n', 'b.ini': '[uwsgi]\nx-dir = %d%x\n' },
    argv: ['--ini', 'a.ini'],
  },
  'magic of the file': ini(
    'x-dir = %d\nx-pid = %d%n.pid\nx-log = %s %e %c %0 %1 %p %o\nx-name = %h %k %U %u %g',
  ),
  'magic of the first file in the second': {
    files: { 'a.ini': '[uwsgi]\nini = sub/b.ini\n', 'sub/b.ini': '[uwsgi]\nx-dir = %D %S %N %E %C %P %d\n' },
    argv: ['--ini', 'a.ini'],
  },
  'magic hash and inode': ini('x-name = %j %i %J %I'),
  'doubled and unknown percent signs': ini('x-date = %%Y-%%m\nx-name = 50%y. 100%% %(x)'),
  placeholders: ini('base = /srv\nx-dir = %(base)/app\nx-log = %(x-dir)/log\nx-name = %(nothing)'),
  'a placeholder before its definition': ini('x-dir = x%(base)/app\nbase = /srv'),
  'the first of a name wins for a placeholder': ini('base = /a\nbase = /b\nx-dir = %(base)'),
  'a placeholder in a placeholder': ini('a = x\nb = %(a)y\nc = -%(b)z\nx-dir = %(c)'),
  'a placeholder that names a placeholder': ini(
    'which = prod\ndir_prod = /srv/prod\nx-dir = %(dir_%(which))',
  ),
  sums: ini(
    'cores = 4\nprocesses = %(cores * 2)\nthreads = %(cores + 3)\nx-listen = %(cores - 10)\nx = %(cores / 3)',
  ),
  'left to right': ini('processes = %(2 + 3 * 4)\nthreads = %(20 / 3 * 3 ++)'),
  'division by zero': ini('processes = %(4 / 0)'),
  'unknown words in sums': ini('processes = %(nothing + 2)\nthreads = %(3 * nothing)'),
  joining: ini('a = 2\nb = 8\nprocesses = %(a b + 2)\nname = %(a b)'),
  'parentheses it does not know': ini('processes = %((%k * 2) + 1)\nthreads = %(%k * 2)'),
  'sixty-four bits': ini('x = %(9223372036854775807 + 1)\ny = %(4611686018427387904 * 2)'),
  'log variables stay': ini('log-format = %(addr) - %(user) [%(ltime)] "%(method) %(uri)" %(status)'),
  'the environment': {
    ...ini('x-dir = $(POSTERN_A)/x\nx-log = a$(POSTERN_A)b$(POSTERN_A)'),
    env: { POSTERN_A: '/srv' },
  },
  'a placeholder from the environment': {
    ...ini('base = $(POSTERN_A)\nx-dir = %(base)/%(base_$(POSTERN_B))\nbase_q = z'),
    env: { POSTERN_A: '/srv', POSTERN_B: 'q' },
  },
  'a file’s content': {
    files: { 'a.ini': '[uwsgi]\nx-name = v@(version.txt)!\n', 'version.txt': '1.2.3\n' },
    argv: ['--ini', 'a.ini'],
  },
  'if-env': {
    ...ini(
      'if-env = POSTERN_A\nx-dir = %(_)/x\nendif =\nif-env = POSTERN_NONE\nx-log = y\nendif\nmaster = 1',
    ),
    env: { POSTERN_A: '/srv' },
  },
  'if-env with a value': {
    ...ini('if-env = POSTERN_A=1\nprocesses = 1\nendif\nif-env = POSTERN_A=2\nprocesses = 2\nend-if\nend ='),
    env: { POSTERN_A: '2' },
  },
  'if-not-env': {
    ...ini(
      'if-not-env = POSTERN_A\nprocesses = 1\nendif\nif-not-env = POSTERN_NONE\nprocesses = 2\nendif\nif-not-env = POSTERN_A=3\nthreads = 3\nendif',
    ),
    env: { POSTERN_A: '2' },
  },
  'if-opt': ini(
    'processes = 4\nif-opt = processes\nthreads = %(_)\nendif\nif-opt = processes=5\nlisten = 5\nendif\nif-not-opt = x-dir\nx-dir = /a\nx-log = never\nendif',
  ),
  'if-exists, if-file, if-dir': {
    files: {
      'a.ini':
        '[uwsgi]\nif-exists = there\nx-log = %(_)\nendif\nif-file = there\nx1 = 1\nendif\nif-dir = there\nx2 = 1\nendif\nif-dir = sub\nx3 = %(_)\nendif\nif-not-exists = gone\nx4 = %(_)\nendif\nif-not-file = sub\nx5 = 1\nendif\nif-not-dir = sub\nx6 = 1\nendif\n',
      there: '',
      'sub/x': '',
    },
    argv: ['--ini', 'a.ini'],
  },
  'if-hostname': ini(
    `if-hostname = no.such.host\nx1 = 1\nendif\nif-not-hostname = no.such.host\nx2 = 1\nendif`,
  ),
  'if-reload': ini('if-reload\nx1 = 1\nendif\nif-not-reload\nx2 = 1\nendif'),
  for: ini('for = a b  c\nenv = X_%(_)=1\nmount = /%(_)=%(_).py\nendfor\nmaster = 1'),
  'for-times': ini('for-times = 3\nx-socket = :900%(_)\nend-for'),
  'for-readline': {
    files: { 'a.ini': '[uwsgi]\nfor-readline = list\nx = %(_)!\nendfor\n', list: 'one\ntwo\n' },
    argv: ['--ini', 'a.ini'],
  },
  'for-glob': {
    files: {
      'a.ini': '[uwsgi]\nfor-glob = *.txt\nx = %(_)\nendfor\nfor-glob = *.none\ny = %(_)\nendfor\n',
      'b.txt': '',
      'a.txt': '',
    },
    argv: ['--ini', 'a.ini'],
  },
  'logic around an include': {
    files: {
      'a.ini': '[uwsgi]\nif-exists = b.ini\nini = b.ini\nendif\nmaster = 1\n',
      'b.ini': '[uwsgi]\nprocesses = 7\n',
    },
    argv: ['--ini', 'a.ini'],
  },
  set: ini('set = base=/srv\nset-placeholder = name=demo\nx-dir = %(base)/%(name)\nset = processes=3'),
  'inherit comes last': {
    files: {
      'a.ini': '[uwsgi]\ninherit = b.ini\nprocesses = 1\n',
      'b.ini': '[uwsgi]\nthreads = 7\nbase = /b\n',
    },
    argv: ['--ini', 'a.ini'],
  },
  'the command line around a file': {
    ...ini('processes = 2'),
    argv: ['--master', '--ini', 'a.ini', '--processes', '4', '--threads=3', '-p', '5', '-p6', '-M'],
  },
  'unambiguous prefixes': {
    files: {},
    argv: ['--proces', '3', '--harakiri-v', '--enable-th', '--chmod-s=664'],
  },
  'combined short options': { files: {}, argv: ['-ML', '-Tl', '50'] },
  'references on the command line': {
    files: {},
    argv: ['--set', 'base=/srv', '--procname', '%d %(base)'],
  },
  'a positional file after everything': { ...ini('processes = 2'), argv: ['a.ini', '--master'] },
  'a positional in brackets is skipped': { ...ini('processes = 2'), argv: ['[name]', '--master'] },
  'UWSGI_ variables first': {
    ...ini('processes = 2'),
    env: { UWSGI_MAX_REQUESTS: '1000', UWSGI_MASTER: 'true' },
  },
  'a yaml file': {
    files: { 'a.yaml': 'uwsgi:\n  master: true\n  processes: 4\n  x-dir: /srv\n  x-mode: 0660\n' },
    argv: ['--yaml', 'a.yaml'],
  },
  'a json file': {
    files: {
      'a.json':
        '{\n\t"uwsgi": {"master": true, "vacuum": false, "processes": 4, "env": ["A=1", "B=2"], "x-dir": "%d"},\n"x": {"threads": 3}}\n',
    },
    argv: ['--json', 'a.json'],
  },
  'an xml file': {
    files: {
      'a.xml':
        '<?xml version="1.0"?>\n<!-- c -->\n<uwsgi id="one">\n  <chdir>%d</chdir><master/><vacuum></vacuum>\n<processes>4</processes> <!-- n -->\n<env>A=&lt;b&gt;&amp;c</env><env><![CDATA[X=<y>]]></env>\n<log-format>%(uri) x</log-format></uwsgi>\n',
    },
    argv: ['--xml', 'a.xml'],
  },
}

/** What `--show-config` prints between its two marks, without the keys that steer the reading. */
function shown(output: string): string[] {
  const [, block = ''] =
    /;uWSGI instance configuration\n\[uwsgi\]\n([\s\S]*?);end of configuration/.exec(output) ?? []
  return block.split('\n').filter((line) => line !== '' && !steers(line.split(' = ')[0] as string))
}

/** Standard input must be no socket, or uWSGI would serve it; without any socket it stops after printing. */
const printed = (
  command: string,
  argv: string[],
  cwd: string,
  env: Record<string, string>,
): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, argv, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (bytes) => {
      output += bytes
    })
    child.stderr.on('data', (bytes) => {
      output += bytes
    })
    child.on('error', reject)
    child.on('close', () => resolve(output))
  })

const steers = (key: string) => isLogicStart(key) || isLogicEnd(key) || key === 'show-config'

for (const [title, { files, argv, env = {} }] of Object.entries(cases)) {
  const claim = uwsgi ? test : test.skip
  claim(`reads as uWSGI does: ${title}`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'postern-uwsgi-'))
    t.teardown(() => rmSync(folder, { recursive: true }))
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(folder, name, '..'), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    const whole = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', ...env }
    const theirs = shown(await printed(uwsgi as string, ['--show-config', ...argv], folder, whole))
    const { entries } = readConfiguration(argv, realWorld(folder, whole))
    const ours = entries.map(({ key, value }) => `${key} = ${value ?? 'true'}`)
    t.not(theirs.length, 0)
    t.deepEqual(ours, theirs)
  })
}

test('a symbolic link keeps its own name for the magic variables', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-uwsgi-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'available'))
  writeFileSync(join(folder, 'available/a.ini'), '[uwsgi]\npidfile = %d%n.pid\n')
  symlinkSync(join(folder, 'available/a.ini'), join(folder, 'b.ini'))
  const { entries } = readConfiguration(['b.ini'], realWorld(folder, {}))
  t.is(entries.find(({ key }) => key === 'pidfile')?.value, `${folder}/b.pid`)
})
