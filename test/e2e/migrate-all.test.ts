// Every configuration of test/fixtures/uwsgi through `postern migrate`: the report has every line of it, what is written
// builds, and nginx takes it.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { buildSite } from '../../generate/build.ts'
import { type Ran, root, runLines } from '../helpers/cli.ts'
import { nginxOrSkip, tempFolder } from '../helpers/nginx.ts'

const folder = tempFolder('migrate-all')
cpSync(join(root, 'test/fixtures/uwsgi'), folder, { recursive: true })
mkdirSync(join(folder, 'run'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

/** Sections on their own; the count of lines is for whole files. */
const section: Record<string, string> = { '10-sections.ini': ':production' }
const names = readdirSync(folder).filter((name) => /^\d\d-/.test(name))
const env = {
  RUN: join(folder, 'run'),
  SOCKET: join(folder, 'run/s.sock'),
  PORT_SOCKET: join(folder, 'run/p.sock'),
  WORKERS: '2',
}

const migrated = new Map<string, Ran>()
test.before(() => {
  const lines = names.map((name) => {
    const outputs = ['-o', `${name}.config.ts`, '--report', `${name}.md`]
    return ['migrate', `${name}${section[name] ?? ''}`, ...outputs]
  })
  const ran = runLines(lines, folder, env)
  for (const [index, name] of names.entries()) migrated.set(name, ran[index] as Ran)
})

/** The lines of an ini file that say something. */
function linesOf(name: string): string[] {
  return readFileSync(join(folder, name), 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^[;#[]/.test(line))
}

/** Logic and what a condition leaves out is no option; loops make several of one. */
const isLogic = (line: string): boolean => /^(if|end|for)/.test(line)

for (const name of names) {
  test.serial(`migrates to a site that builds: ${name}`, async (t) => {
    const { code, err } = migrated.get(name) as Ran
    t.is(code, 0, err)
    const report = readFileSync(join(folder, `${name}.md`), 'utf8')
    const rows = report.split('\n').filter((line) => /^\| .*\d+ \| `/.test(line))
    if (name.endsWith('.ini') && !(name in section) && !linesOf(name).some(isLogic)) {
      const own = rows.filter((row) => row.startsWith(`| ${name}:`))
      t.is(own.length, linesOf(name).length)
    } else t.true(rows.length > 0)
    const built = await buildSite({
      config: join(folder, `${name}.config.ts`),
      out: join(folder, 'out', name),
    })
    if (!nginxOrSkip(t)) return
    const tested = execFileSync('/bin/sh', ['-c', `nginx -t -q -c "${join(built.out, 'nginx.conf')}" 2>&1`])
    t.notRegex(tested.toString(), /emerg|alert/)
  })
}
