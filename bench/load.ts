// One burst of load by wrk and what came of it. Knows wrk's command line and the report of load.lua; no server.

import { spawn } from 'node:child_process'
import { join } from 'node:path'

export type Load = {
  url: string
  connections: number
  seconds: number
  /** Request bodies of this many bytes, POSTed. */
  upload?: number
  header?: string
}

export type Outcome = {
  requests: number
  seconds: number
  errors: number
  /** Milliseconds. */
  p50: number
  p99: number
  p999: number
}

const script = join(import.meta.dirname, 'load.lua')

/** Runs wrk on one thread (two cores are shared with the servers). Throws when it cannot. */
export function burst(load: Load): Promise<Outcome> {
  const header = load.header === undefined ? [] : ['-H', load.header]
  const args = [
    '-t1',
    `-c${load.connections}`,
    `-d${load.seconds}s`,
    '--timeout',
    '10s',
    ...header,
    '-s',
    script,
    load.url,
  ]
  const own = { BENCH_UPLOAD: String(load.upload ?? 0) }
  const child = spawn('wrk', args, { env: { ...process.env, ...own }, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    out += chunk
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => {
      const line = out.split('\n').find((text) => text.startsWith('OUTCOME '))
      if (line === undefined) return reject(new Error(`wrk said nothing useful:\n${out}`))
      resolve(JSON.parse(line.slice('OUTCOME '.length)) as Outcome)
    })
  })
}
