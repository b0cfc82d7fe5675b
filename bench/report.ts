// Figures to text: the terminal's table and docs/benchmarks.md. Pure.

import Table from 'cli-table3'

export type Figures = {
  requests: number
  seconds: number
  errors: number
  rps: number
  p50: number
  p99: number
  p999: number
  /** CPU microseconds per request, user and system, of nginx and of everything behind it. */
  nginxUs: number
  appUs: number
  pssMib: number
}

export type Report = {
  date: string
  cpu: string
  cores: number
  rounds: number
  seconds: number
  versions: Record<string, string>
  results: { id: string; title: string; servers: Record<string, Figures> }[]
}

/** The median of every figure over the rounds. */
export function median(list: readonly Figures[]): Figures {
  const middle = (values: number[]) =>
    values.sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] as number
  const keys = Object.keys(list[0] as Figures) as (keyof Figures)[]
  return Object.fromEntries(keys.map((key) => [key, middle(list.map((one) => one[key]))])) as Figures
}

const HEAD = [
  'server',
  'CPU µs/request',
  'nginx',
  'behind',
  '× uWSGI',
  'requests/s',
  '× uWSGI',
  'p50 ms',
  'p99 ms',
  'p99.9 ms',
  'PSS MiB',
  'errors',
]

function rows(servers: Record<string, Figures>): string[][] {
  const base = servers.uWSGI
  const ratio = (value: number, against: number | undefined) => (against ? (value / against).toFixed(2) : '')
  return Object.entries(servers).map(([name, f]) => {
    const total = f.nginxUs + f.appUs
    return [
      name,
      total.toFixed(1),
      f.nginxUs.toFixed(1),
      f.appUs.toFixed(1),
      ratio(total, base && base.nginxUs + base.appUs),
      f.rps.toFixed(0),
      ratio(f.rps, base?.rps),
      f.p50.toFixed(2),
      f.p99.toFixed(2),
      f.p999.toFixed(2),
      f.pssMib.toFixed(0),
      String(f.errors),
    ]
  })
}

export function table(title: string, servers: Record<string, Figures>): string {
  const drawn = new Table({
    head: [title, ...HEAD.slice(1)],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', ...HEAD.slice(1).map(() => 'right' as const)],
  })
  drawn.push(...rows(servers))
  return drawn.toString()
}

export function markdown(report: Report): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  const sections = report.results.map(({ title, servers }) =>
    [
      `## ${title}`,
      '',
      line(HEAD),
      line(HEAD.map((_, n) => (n === 0 ? '---' : '---:'))),
      ...rows(servers).map(line),
      '',
    ].join('\n'),
  )
  const versions = Object.entries(report.versions).map(([name, version]) => `- ${name}: ${version}`)
  return `# Benchmarks

<!-- Made by \`npm run bench -- --write\`; do not edit. -->

![CPU time per request against nginx + uWSGI](benchmarks.svg)

Everything stands behind an nginx with the same settings, on one machine that also runs the load (${report.cores} cores, ${report.cpu}). Each case runs on
all servers in turn, ${report.rounds} rounds of ${report.seconds} s interleaved; figures are medians. CPU is user and system time of all processes per request, as the
kernel counts it: on a shared machine it says more than requests per second. “Behind” is everything but nginx: gateway, workers, masters.
Measured ${report.date.slice(0, 10)}. To repeat: \`npm run bench\`, or \`npm run bench -- --quick\` (under two minutes).

${versions.join('\n')}

${sections.join('\n')}`
}
