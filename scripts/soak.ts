// A soak: a gateway as a process, a mixed load of so many requests a second, reloads and recycling all the while; every
// half minute its memory, file descriptors and processes. Ends with a table for docs/reliability.md, exit 1 if anything was
// lost or grew. `npx tsx scripts/soak.ts --minutes 30 --rate 300`

import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    rate: { type: 'string', default: '300' },
    gateway: { type: 'string', default: join(import.meta.dirname, '../dist/gateway.mjs') },
    python: { type: 'string', default: '/usr/bin/python3' },
  },
})

const app = `
import os, time
def application(environ, start_response):
    path, number = environ['PATH_INFO'], environ['QUERY_STRING']
    if path == '/slow':
        time.sleep(0.2)
    body = number.encode()
    if path == '/upload':
        size = 0
        while True:
            data = environ['wsgi.input'].read(65536)
            if not data: break
            size += len(data)
        body = str(size).encode()
    elif path == '/large':
        body = b'x' * 300000
    elif path == '/stream':
        start_response('200 OK', [('Content-Type', 'text/plain')])
        return (b'y' * 1000 for n in range(100))
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [body]
`

const folder = mkdtempSync('/tmp/postern-soak-')
const socket = join(folder, 's')
writeFileSync(join(folder, 'app.py'), app)
writeFileSync(
  join(folder, 'gateway.json'),
  JSON.stringify({
    socket: [socket],
    'wsgi-file': join(folder, 'app.py'),
    'run-dir': join(folder, 'r'),
    python: values.python,
    processes: 3,
    threads: 2,
    'max-requests': 5_000,
    'log-format': '%(uri) %(status)',
    logto: join(folder, 'log'),
  }),
)
const gateway = spawn(process.execPath, [values.gateway, join(folder, 'gateway.json')], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))
process.on('exit', () => gateway.kill('SIGKILL'))
while (!existsSync(join(folder, 'log')) || !readFileSync(join(folder, 'log'), 'utf8').includes('serving')) {
  await new Promise((resolve) => setTimeout(resolve, 50))
}

type Kind = { path: (n: number) => string; body?: Buffer; size: (n: number) => number }
const small: Kind = { path: (n) => `/?${n}`, size: (n) => String(n).length }
const upload = Buffer.alloc(200_000, 'u')
const kinds: Kind[] = [
  ...Array.from({ length: 92 }, () => small),
  { path: (n) => `/slow?${n}`, size: (n) => String(n).length },
  { path: () => '/large', size: () => 300_000 },
  { path: () => '/large', size: () => 300_000 },
  { path: () => '/stream', size: () => 100_000 },
  { path: () => '/stream', size: () => 100_000 },
  { path: () => '/upload', body: upload, size: () => 6 },
  { path: () => '/upload', body: upload, size: () => 6 },
  small,
]

const agent = new Agent({ keepAlive: true, maxSockets: 64 })
let sent = 0
let fine = 0
const wrong: Record<string, number> = {}

function send(): void {
  sent += 1
  const n = sent
  const kind = kinds[n % kinds.length] as Kind
  const note = (what: string): void => {
    wrong[what] = (wrong[what] ?? 0) + 1
  }
  const method = kind.body === undefined ? 'GET' : 'POST'
  const sending = request({ socketPath: socket, path: kind.path(n), agent, method }, (response) => {
    let size = 0
    response.on('data', (chunk: Buffer) => {
      size += chunk.length
    })
    response.on('end', () => {
      if (response.statusCode === 200 && size === kind.size(n)) fine += 1
      else note(`${response.statusCode} with ${size} bytes on ${kind.path(0)}`)
    })
    response.on('error', (error) => note(error.message))
  })
  sending.on('error', (error) => note(error.message))
  sending.end(kind.body)
}

const rate = Number(values.rate)
const endAt = performance.now() + Number(values.minutes) * 60_000
let due = performance.now()
const pump = setInterval(() => {
  for (; due < performance.now() && performance.now() < endAt; due += 1000 / rate) send()
}, 10)

const pid = gateway.pid as number
const children = (of: number): number[] =>
  execFileSync('ps', ['-o', 'pid=', '--ppid', String(of)])
    .toString()
    .trim()
    .split(/\s+/)
    .filter(Boolean)
    .map(Number)
const childrenOf = (of: number): number[] => {
  try {
    return children(of)
  } catch {
    return []
  }
}
const kib = (of: number, name: string): number => {
  try {
    return Number(
      readFileSync(`/proc/${of}/status`, 'latin1').match(new RegExp(`^${name}:\\s*(\\d+)`, 'm'))?.[1] ?? 0,
    )
  } catch {
    return 0
  }
}
const descriptors = (of: number): number => {
  try {
    return readdirSync(`/proc/${of}/fd`).length
  } catch {
    return 0
  }
}

type Look = {
  minute: string
  sent: number
  lost: number
  gatewayMiB: number
  fds: number
  templates: number
  workers: number
  workerMiB: number
  workerFds: number
}
const looks: Look[] = []
const lost = (): number => Object.values(wrong).reduce((sum, one) => sum + one, 0)
const mib = (value: number): number => Math.round(value / 102.4) / 10
const started = performance.now()
function look(): void {
  const templates = childrenOf(pid)
  const workers = templates.flatMap(childrenOf)
  const most = (values: number[]) => Math.max(0, ...values)
  looks.push({
    minute: ((performance.now() - started) / 60_000).toFixed(1),
    sent,
    lost: lost(),
    gatewayMiB: mib(kib(pid, 'VmRSS')),
    fds: descriptors(pid),
    templates: templates.length,
    workers: workers.length,
    workerMiB: mib(most(workers.map((one) => kib(one, 'VmRSS')))),
    workerFds: most(workers.map(descriptors)),
  })
  process.stderr.write(`${JSON.stringify(looks.at(-1))}\n`)
}
look()
const looking = setInterval(look, 30_000)
const reloading = setInterval(() => gateway.kill('SIGHUP'), 45_000)

while (performance.now() < endAt) await new Promise((resolve) => setTimeout(resolve, 200))
clearInterval(pump)
clearInterval(reloading)
while (fine + lost() < sent) {
  await new Promise((resolve) => setTimeout(resolve, 100))
}
look()
clearInterval(looking)
agent.destroy()
const log = readFileSync(join(folder, 'log'), 'utf8')
const count = (pattern: RegExp): number => log.match(pattern)?.length ?? 0
gateway.kill('SIGTERM')
const code = await new Promise((resolve) => gateway.once('exit', resolve))
const left = readdirSync(join(folder, 'r'))
rmSync(folder, { recursive: true, force: true })

console.log(
  '| minute | requests | lost | gateway RSS | its fds | templates | workers | largest worker RSS | its fds |',
)
console.log('|---|---|---|---|---|---|---|---|---|')
const every = Math.max(1, Math.floor(looks.length / 12))
looks.forEach((one, n) => {
  if (n % every !== 0 && n !== looks.length - 1) return
  console.log(
    `| ${one.minute} | ${one.sent} | ${one.lost} | ${one.gatewayMiB} MiB | ${one.fds} | ${one.templates} | ${one.workers} | ${one.workerMiB} MiB | ${one.workerFds} |`,
  )
})
console.log(
  `\n${sent} requests, ${fine} answered as they should be, ${JSON.stringify(wrong)} not; ${count(/generation in service/g) - 1} reloads, ${count(/why=max-requests/g)} recycled workers; exit ${code}, left in run-dir: ${left.length}`,
)
const middle = looks[Math.floor(looks.length / 3)] as Look
const last = looks.at(-1) as Look
const grew = last.gatewayMiB > middle.gatewayMiB * 1.25 + 5 || last.fds > middle.fds + 20
process.exit(fine === sent && code === 0 && left.length === 0 && !grew ? 0 : 1)
