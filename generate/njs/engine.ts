// Loads the finished scripts with the real `njs` command: the engine has the last word.
// A missing command is no error (the build machine may not be the server); a refusal is.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { NjsProblem } from './types.ts'

const run = promisify(execFile)
const timeoutMs = 10_000

export type Proof = { version: string | undefined; problems: NjsProblem[] }

export async function loadInEngine(files: Map<string, string>, engine?: string | false): Promise<Proof> {
  if (engine === false || files.size === 0) return { version: undefined, problems: [] }
  const command = engine ?? 'njs'
  const version = await engineVersion(command)
  if (version === undefined) return { version: undefined, problems: [] }
  const folder = await mkdtemp(join(tmpdir(), 'postern-njs-'))
  const problems: NjsProblem[] = []
  try {
    await writeFile(join(folder, 'postern-ngx.js'), ngxStub)
    for (const [name, text] of files) {
      await writeFile(join(folder, name), text)
      const main = join(folder, 'load.js')
      await writeFile(main, loader(name))
      const failure = await runModule(command, folder, main)
      if (failure !== undefined) problems.push(refusal(name, version, failure))
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return { version: `njs ${version}`, problems }
}

/** The command has no `ngx`; a top level may ask for its constants. */
const ngxStub = `globalThis.ngx = { log: function () {}, INFO: 7, WARN: 5, ERR: 4, shared: {}, version: '', prefix: '' };
export default {};
`

const loader = (name: string): string => `import stub from 'postern-ngx.js';
import m from '${name}';
if (typeof m !== 'object' || typeof stub !== 'object') throw new Error('no default object');
for (var k in m) if (typeof m[k] !== 'function') throw new Error(k + ' is not a function');
`

/** `0.7.9`; undefined when the command is not there. */
export async function engineVersion(command: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(command, ['-v'], { timeout: timeoutMs })
    return stdout.trim().split(/\s+/).pop()
  } catch {
    return undefined
  }
}

/**
 * Loads as nginx does: a script that imports. (With `-t module` njs 0.7 and 0.8 lose `this` in constructors.)
 * Resolves to what it complained about, undefined when all went well.
 */
async function runModule(command: string, folder: string, main: string): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await run(command, ['-p', `${folder}/`, main], {
      timeout: timeoutMs,
    })
    // njs 0.7 reports an exception and still exits 0.
    const said = `${stdout}${stderr}`.trim()
    return said === '' ? undefined : said
  } catch (cause) {
    const failed = cause as { stdout?: string; stderr?: string; message: string }
    return `${failed.stdout ?? ''}${failed.stderr ?? ''}`.trim() || failed.message
  }
}

function refusal(name: string, version: string, said: string): NjsProblem {
  return {
    severity: 'error',
    rule: 'engine',
    message: `njs ${version} does not load ${name}: ${said.split('\n').slice(0, 3).join(' ')}`,
    hint: 'the checks of the build should have caught this; please report it together with the source',
    file: name,
    line: Number(/:(\d+)\)?\s*$/m.exec(said)?.[1] ?? 1),
    column: 1,
  }
}
