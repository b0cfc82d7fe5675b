// A script started from its compiled form: when that form is taken, when it is refused, and that nobody sees a difference.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { root } from '../helpers/cli.ts'
import { tempFolder } from '../helpers/nginx.ts'

const compiled = join(root, 'bin/compiled.mjs')
const suffix = `${process.version}-${process.arch}`
const [one, two] = ['1'.repeat(64), '2'.repeat(64)]
const script = (word: string, name: string) =>
  `exports.say = () => '${word}'; exports.exercise = async () => exports.say()\n//= ${name}`

/** A folder with a script that says `old` and has been kept compiled; then it says `new`, and what has run can be told by that. */
function kept(then: (path: string, form: string) => void, flags: string[] = []): string {
  const folder = tempFolder('compiled')
  const path = join(folder, 'a.cjs')
  writeFileSync(path, script('old', one))
  spawnSync(process.execPath, [compiled, path])
  const form = `${path}.${suffix}`
  then(path, form)
  const code = `import { load } from ${JSON.stringify(compiled)}; console.log(load(${JSON.stringify(path)}).say())`
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, '--input-type=module', '-e', code], {
    encoding: 'utf8',
  })
  rmSync(folder, { recursive: true })
  return stdout.trim() || stderr
}

const sayNew = (path: string, name = one) => writeFileSync(path, script('new', name))

test('the compiled form is what runs', (t) => {
  t.is(
    kept((path) => sayNew(path)),
    'old',
  )
})

const refused: Record<string, (path: string, form: string) => void> = {
  'of another text': (path) => sayNew(path, two),
  'with one bit changed': (path, form) => {
    sayNew(path)
    const bytes = readFileSync(form)
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 9) ^ 1, bytes.length - 9)
    writeFileSync(form, bytes)
  },
  'cut short': (path, form) => {
    sayNew(path)
    truncateSync(form, 200)
  },
  'that is empty': (path, form) => {
    sayNew(path)
    truncateSync(form, 0)
  },
  'that is gone': (path, form) => {
    sayNew(path)
    rmSync(form)
  },
}
for (const [what, then] of Object.entries(refused))
  test(`a compiled form ${what} is not taken`, (t) => t.is(kept(then), 'new'))

test('a compiled form made under other flags is not taken', (t) => {
  t.is(
    kept((path) => sayNew(path), ['--no-lazy']),
    'new',
  )
})

test('the build keeps the quick commands compiled', (t) => {
  t.true(existsSync(join(root, `dist/quick.cjs.${suffix}`)))
})

test('the kept script is ASCII, as its reader takes it', (t) => {
  t.regex(readFileSync(join(root, 'dist/quick.cjs'), 'latin1'), /^[\0-\x7f]*$/)
})

const good = 'test/fixtures/conf/lint/django-good.conf'
const lines: [argv: string[], input?: string][] = [
  [['lint', '--nginx', '1.22.1', good]],
  [['lint', '--format', 'sarif', '-'], 'location ~ ^/(a+)+b$ { alias /srv/a/; }'],
  [['lint', '-'], 'server { server_name “example.com”; }'],
  [['lint', '--fix', '-'], 'http { server { listen 443 ssl; ssl_protocols SSLv3 TLSv1.2; } }'],
  [['lint', '--json', 'none.conf']],
  [['lint', '--jsn']],
  [['fmt', '--help']],
  [['fmt', '--diff', '-'], 'http{server{listen 80;}}'],
  [['parse', '-'], 'http { server { listen 80; } }'],
]
const whole = `import { run } from ${JSON.stringify(join(root, 'dist/cli.mjs'))}; await run(process.argv.slice(1))`

for (const [argv, input = ''] of lines) {
  test(`postern ${argv.join(' ')} ${input} does the same from the whole command line`, (t) => {
    const run = (...before: string[]) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [...before, ...argv], {
        cwd: root,
        encoding: 'utf8',
        input,
      })
      return { status, stdout, stderr }
    }
    const quick = run(join(root, 'bin/postern.mjs'))
    t.deepEqual(quick, run('--input-type=module', '-e', whole, '--'))
    t.not(`${quick.stdout}${quick.stderr}`, '')
    t.false(quick.stderr.includes('bug in postern'), quick.stderr)
  })
}
