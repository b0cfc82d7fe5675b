// `npm run bench`: every case on every server in turn, several rounds interleaved, because the machine drifts.
// Prints a table; --json FILE writes all figures, --write updates docs/benchmarks.md and its picture.

import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { type Case, cases } from './cases.ts'
import { floorMicros } from './floor.ts'
import { burst, type Outcome } from './load.ts'
import { mixedBurst } from './mixed.ts'
import { cpuMs, pssKib } from './procs.ts'
import { type Figures, markdown, median, table } from './report.ts'
import { type Running, type Server, servers, start, staticServers } from './servers.ts'
import { picture } from './svg.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    server: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    json: { type: 'string' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

if (values.help) {
  console.log(`npm run bench -- [--quick] [--only CASE] [--server NAME] [--rounds N] [--seconds N] [--json FILE] [--write]

cases:   ${cases.map((one) => one.id).join(' ')}
servers: ${servers.map((one) => one.name).join(', ')}

examples:
  npm run bench -- --quick
  npm run bench -- --only hello-32 --server postern --server uWSGI --rounds 7`)
  process.exit(0)
}

const rounds = Number(values.rounds ?? (values.quick ? 2 : 5))
const seconds = Number(values.seconds ?? (values.quick ? 1 : 3))
const chosenCases = cases.filter((one) =>
  values.only ? values.only.includes(one.id) : !values.quick || one.quick,
)
const quickServers = ['nginx return 200', 'postern', 'uWSGI', 'gunicorn sync']
const chosenServers = servers.filter((one) =>
  (values.server ?? (values.quick ? quickServers : servers.map((s) => s.name))).includes(one.name),
)

const progress = (text: string) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`)

function load(one: Case, running: Running, time: number): Promise<Outcome> {
  if (one.slowOneIn !== undefined) {
    return mixedBurst({ port: running.port, perSecond: 1000, seconds: time, slowOneIn: one.slowOneIn })
  }
  const upload = one.upload === undefined ? {} : { upload: one.upload }
  const header = one.header === undefined ? {} : { header: one.header }
  return burst({
    url: `http://127.0.0.1:${running.port}${one.path}`,
    connections: one.connections,
    seconds: time,
    ...upload,
    ...header,
  })
}

async function measure(one: Case, running: Running): Promise<Figures> {
  const before = { nginx: cpuMs(running.groups.nginx), app: cpuMs(running.groups.app) }
  const outcome = await load(one, running, seconds)
  const microseconds = (after: number, group: 'nginx' | 'app') =>
    ((after - before[group]) * 1000) / Math.max(1, outcome.requests)
  return {
    ...outcome,
    rps: outcome.requests / outcome.seconds,
    nginxUs: microseconds(cpuMs(running.groups.nginx), 'nginx'),
    appUs: microseconds(cpuMs(running.groups.app), 'app'),
    pssMib: pssKib(running.groups.app) / 1024,
  }
}

async function runCase(one: Case): Promise<Map<string, Figures[]>> {
  const runs = new Map<string, Figures[]>()
  const live: [Server, Running][] = []
  try {
    for (const server of one.files ? staticServers : chosenServers) {
      if (!one.skip?.includes(server.name)) live.push([server, await start(server, one.app, one.processes)])
    }
    for (const [, running] of live) await load(one, running, 0.5 > seconds ? seconds : 1) // warm
    for (let round = 0; round < rounds; round++) {
      for (const [server, running] of live) {
        progress(`${one.title}: round ${round + 1}/${rounds}, ${server.name}`)
        runs.set(server.name, [...(runs.get(server.name) ?? []), await measure(one, running)])
      }
    }
  } finally {
    progress('')
    for (const [, running] of live) await running.stop()
  }
  return runs
}

const alone = (appUs: number): Figures => ({
  requests: 0,
  seconds,
  errors: 0,
  rps: 1e6 / appUs,
  p50: 0,
  p99: 0,
  p999: 0,
  nginxUs: 0,
  appUs,
  pssMib: 0,
})

const results: { id: string; title: string; servers: Record<string, Figures> }[] = []
for (const one of chosenCases) {
  const runs = await runCase(one)
  const figures = Object.fromEntries([...runs].map(([name, list]) => [name, median(list)]))
  if (one.upload === undefined && one.slowOneIn === undefined && !one.files && one.processes === 1) {
    figures['application alone'] = alone(floorMicros(one.app, one.path, seconds))
  }
  results.push({ id: one.id, title: one.title, servers: figures })
  console.log(table(one.title, figures))
}
const versions = Object.fromEntries(chosenServers.map((server) => [server.name, server.version()]))
const report = {
  date: new Date().toISOString(),
  cpu: cpus()[0]?.model ?? '',
  cores: cpus().length,
  rounds,
  seconds,
  versions,
  results,
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`)
if (values.write) {
  writeFileSync('docs/benchmarks.md', markdown(report))
  writeFileSync('docs/benchmarks.svg', picture(report))
}
