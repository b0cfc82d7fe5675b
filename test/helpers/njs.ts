// Runs the shared route cases in three places: Node, the njs command, nginx. POSTERN_TEST_NJS names another engine
// (scripts/engines.ts sets it, and POSTERN_TEST_NGINX, to try the engines of other Debian releases).

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import type { RouteTable } from '../../generate/njs/types.ts'
import type { PlainRequest } from '../../njs/testing/plain-request.ts'

export const fixtures = join(import.meta.dirname, '../fixtures')

export type RouteCase = {
  title: string
  request: PlainRequest
  /** Epoch milliseconds; nginx cannot be told the time, so it skips these. */
  now?: number
  expect: { name: string; location: string; target?: string; uri?: string; args?: string; cookie?: string }
  logs?: string
}
export type RouteFile = { file: string; edge?: string; table: RouteTable; cases: RouteCase[] }

export const routeFiles: RouteFile[] = readdirSync(join(fixtures, 'routes'))
  .filter((file) => file.endsWith('.json'))
  .sort()
  .map((file) => ({ ...JSON.parse(readFileSync(join(fixtures, 'routes', file), 'utf8')), file }))

export const edgePath = (file: RouteFile): string | undefined =>
  file.edge === undefined ? undefined : join(fixtures, 'edge', file.edge)

export const njsCommand = process.env.POSTERN_TEST_NJS ?? 'njs'

export function njsVersion(): string | undefined {
  try {
    return execFileSync(njsCommand, ['-v'], { encoding: 'utf8' }).trim()
  } catch {
    return undefined
  }
}

/** Missing njs is a skip with a reason locally and a failure in CI. */
export function njsOrSkip(t: ExecutionContext): boolean {
  if (njsVersion() !== undefined) return true
  if (process.env.CI) t.fail('njs is not installed')
  else t.log('skipped: njs is not installed')
  t.pass()
  return false
}

/** Imports one module and calls its `run` (with another module, if one is given); returns what it printed. */
export function runNjs(text: string, beside: Record<string, string> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'postern-njs-test-'))
  const [other] = Object.keys(beside)
  const main = other
    ? `import other from '${other}'; import cases from 'cases.js'; cases.run(other)`
    : "import cases from 'cases.js'; cases.run()"
  try {
    for (const [name, content] of Object.entries({ ...beside, 'cases.js': text, 'main.js': main })) {
      writeFileSync(join(folder, name), content)
    }
    const args = ['-p', `${folder}/`, join(folder, 'main.js')]
    return execFileSync(njsCommand, args, { encoding: 'utf8', timeout: 30_000 })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export type RawReply = { status: number; headers: [string, string][]; body: string }

/** A request whose header lines go out exactly as given, bytes and repetitions; the reply's text is latin-1. */
export function askRaw(socket: string, from: PlainRequest & { body?: string }): Promise<RawReply> {
  const headers = from.headers ?? []
  const host = headers.some(([name]) => name.toLowerCase() === 'host') ? [] : ['Host: localhost']
  const length = from.body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(from.body)}`]
  const lines = [...host, ...headers.map(([name, value]) => `${name}: ${value}`), ...length]
  const head = `${from.method ?? 'GET'} ${from.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const client = connect(socket, () => client.write(Buffer.from(head + (from.body ?? ''), 'latin1')))
    client.on('data', (chunk: Buffer) => chunks.push(chunk))
    client.on('error', reject)
    client.on('end', () => resolve(readReply(Buffer.concat(chunks).toString('latin1'))))
  })
}

function readReply(text: string): RawReply {
  const end = text.indexOf('\r\n\r\n')
  const [first = '', ...lines] = text.slice(0, end).split('\r\n')
  return {
    status: Number(first.split(' ')[1]),
    headers: lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    body: text.slice(end + 4),
  }
}

export const headerOf = (reply: RawReply, name: string): string =>
  reply.headers.find(([other]) => other.toLowerCase() === name.toLowerCase())?.[1] ?? ''
