import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { main } from '../../cli/main.ts'
import { program } from '../helpers/program.ts'

type Run = { code: number; stdout: string; stderr: string }

/** The command line in this process; one at a time, for there is one standard output. */
async function postern(args: string[]): Promise<Run> {
  const out = { stdout: '', stderr: '' }
  const streams = ['stdout', 'stderr'] as const
  const real = streams.map((name) => process[name].write)
  for (const name of streams) {
    process[name].write = (chunk: string | Uint8Array) => {
      out[name] += chunk.toString()
      return true
    }
  }
  try {
    const code = await main(args)
    return { code, ...out }
  } finally {
    process.exitCode = 0
    for (const [index, name] of streams.entries())
      process[name].write = real[index] as typeof process.stdout.write
  }
}

/** With `input` on standard input, in a process of its own. */
const posternReading = (args: string[], input: string): Promise<Run> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [program('cli/run.ts'), ...args], (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    )
    child.stdin?.end(input)
  })

const folder = mkdtempSync(join(tmpdir(), 'postern-parse-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

test.serial('parse prints the payload and follows includes', async (t) => {
  file('a.inc', 'gzip on;')
  const path = file('main.conf', 'http { include a.inc; }')
  const { code, stdout } = await postern(['parse', path, '--combine'])
  t.is(code, 0)
  t.deepEqual(JSON.parse(stdout).config[0].parsed[0].block, [
    { file: join(folder, 'a.inc'), directive: 'gzip', line: 1, args: ['on'] },
  ])
})

test.serial('parse fails with 1 and still prints', async (t) => {
  const { code, stdout } = await postern(['parse', file('open.conf', 'a {')])
  t.is(code, 1)
  t.is(JSON.parse(stdout).status, 'failed')
})

test.serial('parse takes a dump apart', async (t) => {
  const dump = '# configuration file /e/n.conf:\ninclude a;\n\n# configuration file /e/a:\nuser x;\n\n'
  const { stdout } = await posternReading(['parse', '-'], dump)
  t.deepEqual(
    JSON.parse(stdout).config.map(({ file: path }: { file: string }) => path),
    ['/e/n.conf', '/e/a'],
  )
})

test.serial('fmt rewrites in place, once', async (t) => {
  const path = file('ugly.conf', 'a{b  c;}')
  t.is((await postern(['fmt', '--check', path])).code, 1)
  t.is((await postern(['fmt', path])).code, 0)
  t.is(readFileSync(path, 'utf8'), 'a {\n    b c;\n}\n')
  t.is((await postern(['fmt', '--check', path])).code, 0)
})

test.serial('fmt shows what it would change and writes nothing', async (t) => {
  const path = file('diff.conf', 'a  b;\n')
  const { code, stdout } = await postern(['fmt', '--diff', path])
  t.is(code, 0)
  t.true(stdout.includes('-a  b;\n+a b;'))
  t.is(readFileSync(path, 'utf8'), 'a  b;\n')
})

test.serial('fmt filters standard input', async (t) => {
  t.is((await posternReading(['fmt', '-'], 'a  b ;')).stdout, 'a b;\n')
})

test.serial('fmt refuses a file with faults, names the place and leaves it alone', async (t) => {
  const path = file('broken.conf', 'a {\n  b\n}\n')
  const { code, stderr } = await postern(['fmt', path])
  t.is(code, 2)
  t.true(stderr.includes('broken.conf:3:1'))
  t.is(readFileSync(path, 'utf8'), 'a {\n  b\n}\n')
})

test.serial('fmt refuses a file that is not UTF-8', async (t) => {
  const path = join(folder, 'latin.conf')
  writeFileSync(path, Buffer.from('a "\xe9";', 'latin1'))
  t.is((await postern(['fmt', path])).code, 2)
})
