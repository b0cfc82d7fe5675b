import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'

const root = join(import.meta.dirname, '../..')

type Ran = { code: number; out: string; err: string }

const postern = (cwd: string, ...args: string[]): Promise<Ran> =>
  new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [`--import=${join(root, 'node_modules/tsx/dist/loader.mjs')}`, join(root, 'cli/run.ts'), ...args],
      { cwd, env: { PATH: process.env.PATH } },
      (_, out, err) => resolve({ code: child.exitCode ?? -1, out, err }),
    )
  })

function folder(t: ExecutionContext, files: Record<string, string>): string {
  const path = mkdtempSync(join(tmpdir(), 'postern-check-'))
  t.teardown(() => rmSync(path, { recursive: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
  return path
}

const fine = { 'app.py': '', 'uwsgi.ini': '[uwsgi]\nhttp = :8000\nwsgi-file = app.py\nmaster = 1\n' }

test('check exits 0 for a file it has nothing to say against', async (t) => {
  const { code, out, err } = await postern(folder(t, fine), 'check', 'uwsgi.ini')
  t.is(err, '')
  t.is(out, 'uwsgi.ini: nothing to say against it\n')
  t.is(code, 0)
})

test('check exits 2 with the place of a typo', async (t) => {
  const cwd = folder(t, { 'uwsgi.ini': '[uwsgi]\nmodule = a\nhttp = :1\n  vaccum = 1\n' })
  const { code, err } = await postern(cwd, 'check', 'uwsgi.ini')
  t.is(code, 2)
  t.regex(err, /^postern: uwsgi\.ini:4:3: there is no option 'vaccum'\n {2}hint: did you mean 'vacuum'\?/)
})

test('check sees files that are not there', async (t) => {
  const cwd = folder(t, { 'uwsgi.ini': '[uwsgi]\nwsgi-file = gone.py\nhttp = :1\nchdir = .\nhome = venv\n' })
  const { code, err } = await postern(cwd, 'check', 'uwsgi.ini')
  t.is(code, 2)
  t.regex(err, /uwsgi\.ini:2:1: wsgi-file: there is no file gone\.py/)
  t.regex(err, /uwsgi\.ini:5:1: home: .*is no virtualenv/)
})

test('check --strict exits 1 for a warning', async (t) => {
  const cwd = folder(t, {
    ...fine,
    'uwsgi.ini': `${fine['uwsgi.ini']}cpu-affinity = 1\nreload-on-as = 100\n`,
  })
  t.is((await postern(cwd, 'check', 'uwsgi.ini')).code, 0)
  t.is((await postern(cwd, 'check', 'uwsgi.ini', '--strict')).code, 1)
})

test('check --json carries problems, options and lines', async (t) => {
  const { code, out } = await postern(folder(t, fine), 'check', 'uwsgi.ini', '--json', '--lines')
  t.is(code, 0)
  const found = JSON.parse(out)
  t.deepEqual(found.files, ['uwsgi.ini'])
  t.deepEqual(found.problems, [])
  t.deepEqual(found.options.http, [':8000'])
  t.is(found.lines.find(({ key }: { key: string }) => key === 'master').fate, 'always on')
})

test('migrate writes a site file and a report, and replaces neither', async (t) => {
  const cwd = folder(t, fine)
  const first = await postern(cwd, 'migrate', 'uwsgi.ini')
  t.is(first.code, 0, first.err)
  t.regex(readFileSync(join(cwd, 'postern.config.ts'), 'utf8'), /wsgi\({ file: 'app\.py' }\)/)
  t.true(existsSync(join(cwd, 'uwsgi-migration.md')))
  const second = await postern(cwd, 'migrate', 'uwsgi.ini')
  t.is(second.code, 2)
  t.regex(second.err, /MIGRATE_EXISTS/)
})
