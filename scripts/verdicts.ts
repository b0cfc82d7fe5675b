// Records what nginx 1.22, 1.26 and 1.30 say of each configuration in test/fixtures/conf/verdicts.json. A row that has only
// `conf` is a new case. Needs the folders docs/decisions/0100 tells how to make, one a Debian release, with nginx and its
// modules unpacked; never part of `npm test`.
//   npx tsx scripts/verdicts.ts [--root /var/tmp/postern-roots] [--check] [more-cases.json]
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { VERSIONS } from '../conf/directives.ts'
import { isForeign } from '../conf/third-party.ts'
import { type Answer, RealNginx } from '../test/conf/check/real-nginx.ts'

type Row = { conf: string } & Record<string, [line: number, message: string] | null | string>

const fixture = join(import.meta.dirname, '../test/fixtures/conf/verdicts.json')
const RELEASES: Record<string, string> = { '1.22': 'bookworm', '1.26': 'trixie', '1.30': 'forky' }
const { values, positionals } = parseArgs({
  options: {
    root: { type: 'string', default: '/var/tmp/postern-roots' },
    check: { type: 'boolean', default: false },
    asking: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})

if (values.asking) answerAll()
else record()

/** The child: one nginx, named by the environment as in the tests; configurations on standard input, answers out. */
function answerAll(): void {
  const real = RealNginx.find()
  if (real === undefined) throw new Error('nginx or one of the modules the tests need is missing')
  const confs = JSON.parse(readFileSync(0, 'utf8')) as string[]
  const answers = confs.map((conf) => {
    const answer = real.ask(conf)
    if (answer === undefined) return 'machine'
    return { ...answer, message: answer.message.replaceAll(real.socket('c.conf'), 'c.conf') }
  })
  process.stdout.write(JSON.stringify(answers))
  real.close()
}

function record(): void {
  const rows = [fixture, ...positionals].flatMap((path) => JSON.parse(readFileSync(path, 'utf8')) as Row[])
  const unique = [...new Map(rows.map((row) => [row.conf, row])).values()]
  const answers = VERSIONS.map((version) =>
    ask(
      version,
      unique.map(({ conf }) => conf),
    ),
  )
  const made: Row[] = []
  let changed = 0
  for (const [index, { conf }] of unique.entries()) {
    const said = answers.map((list) => list[index] as Answer | 'machine')
    if (said.includes('machine')) {
      console.log(`verdicts: left out, an nginx stumbles over this machine: ${JSON.stringify(conf)}`)
      continue
    }
    const row: Row = { conf }
    for (const [at, version] of VERSIONS.entries()) {
      const { refused, line, message } = said[at] as Answer
      // Let pass unread: it may be a module's.
      if (isForeign(/^unknown directive "(\w+)"$/.exec(message)?.[1] ?? '')) continue
      row[version] = refused ? [line, message] : null
    }
    if (JSON.stringify(row) !== JSON.stringify(unique[index])) changed++
    made.push(row)
  }
  console.log(`verdicts: ${made.length} configurations, ${changed} new or changed`)
  if (values.check) process.exitCode = changed === 0 ? 0 : 1
  else writeFileSync(fixture, `[\n${made.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`)
}

function ask(version: string, confs: string[]): (Answer | 'machine')[] {
  const root = join(values.root, RELEASES[version] as string)
  const scratch = mkdtempSync(join(tmpdir(), 'postern-verdicts-'))
  try {
    const env = { ...process.env, ...(existsSync(root) ? unpacked(root, scratch) : {}) }
    const told = spawnSync(env.POSTERN_TEST_NGINX ?? 'nginx', ['-v'], { encoding: 'utf8' }).stderr
    if (!told.includes(`nginx/${version}.`)) throw new Error(`no nginx ${version}: ${root} is missing`)
    const child = ['--import', 'tsx', import.meta.filename, '--asking']
    const input = JSON.stringify(confs)
    const said = execFileSync(process.execPath, child, { env, input, encoding: 'utf8', maxBuffer: 2 ** 28 })
    return JSON.parse(said) as (Answer | 'machine')[]
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** Another release's nginx with that release's loader and libraries: no chroot, so paths stay what they are. */
function unpacked(root: string, scratch: string): Record<string, string> {
  const libraries = ['usr/lib/x86_64-linux-gnu', 'usr/lib'].map((path) => join(root, path))
  const loader = ['usr/lib/x86_64-linux-gnu', 'usr/lib64', 'lib64', 'lib/x86_64-linux-gnu']
    .map((path) => join(root, path, 'ld-linux-x86-64.so.2'))
    .find((path) => existsSync(path))
  const nginx = join(scratch, 'nginx')
  const more = ['lib/x86_64-linux-gnu', 'lib'].map((path) => join(root, path))
  const path = [...libraries, ...more].join(':')
  writeFileSync(
    nginx,
    `#!/bin/sh\nexec ${loader} --library-path ${path} ${join(root, 'usr/sbin/nginx')} "$@"\n`,
  )
  chmodSync(nginx, 0o755)
  return { POSTERN_TEST_NGINX: nginx, POSTERN_TEST_NGINX_MODULES: join(root, 'usr/lib/nginx/modules') }
}
