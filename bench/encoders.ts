// Nanoseconds per request of the gateway's byte paths alone: FastCGI and uwsgi to environ. `node --import=tsx bench/encoders.ts`

import { EnvironWriter } from '../gateway/protocol/environ.ts'
import { FastCgiReader, readPairs } from '../gateway/protocol/fastcgi.ts'
import type { Hearer } from '../gateway/protocol/hearer.ts'
import { readVars, UwsgiReader } from '../gateway/protocol/uwsgi.ts'
import { speak } from '../test/helpers/speak.ts'

const browser: [string, string][] = [
  ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'],
  ['Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
  ['Accept-Language', 'de,en-US;q=0.7,en;q=0.3'],
  ['Accept-Encoding', 'gzip, deflate, br, zstd'],
  ['Referer', 'https://site.test/admin/'],
  ['Cookie', `csrftoken=${'c'.repeat(32)}; sessionid=${'s'.repeat(32)}`],
  ['Sec-Fetch-Dest', 'document'],
  ['Sec-Fetch-Mode', 'navigate'],
  ['Sec-Fetch-Site', 'same-origin'],
]
const cases = { wrk: [], browser } as Record<string, [string, string][]>

class Count implements Hearer {
  bytes = 0
  readonly writer = new EnvironWriter()
  readonly protocol: 'fastcgi' | 'uwsgi'
  constructor(protocol: 'fastcgi' | 'uwsgi') {
    this.protocol = protocol
  }
  heardHead(source: Buffer, from: number, to: number): void {
    this.writer.begin(source, to - from, this.protocol)
    if (this.protocol === 'fastcgi') readPairs(this.writer, source, from, to)
    else readVars(this.writer, source, from, to)
    this.bytes += this.writer.finish().length
  }
  heardBadHead(): void {}
  heardBody(): void {}
  heardBodyEnd(): void {}
  heardAbort(): void {}
  say(): void {}
}

// The best of many passes by CPU time: other programs on the machine only ever add.
const passes = 15
const rounds = Number(process.argv[2] ?? 40_000)
for (const [name, headers] of Object.entries(cases)) {
  for (const protocol of ['fastcgi', 'uwsgi'] as const) {
    const bytes = speak(protocol, { target: '/admin/auth/user/?o=1', headers, keep: true })
    const hearer = new Count(protocol)
    const fastcgi = new FastCgiReader(hearer, 65_535)
    let best = Number.POSITIVE_INFINITY
    for (let pass = 0; pass < passes; pass++) {
      const before = process.cpuUsage()
      for (let round = 0; round < rounds; round++) {
        if (protocol === 'fastcgi') {
          fastcgi.receive(bytes)
          fastcgi.answered()
        } else new UwsgiReader(hearer, 65_535).receive(bytes)
      }
      const { user, system } = process.cpuUsage(before)
      best = Math.min(best, ((user + system) * 1000) / rounds)
    }
    const out = hearer.bytes / rounds / passes
    console.log(
      `${protocol.padEnd(8)}${name.padEnd(8)}${bytes.length} bytes -> ${out} bytes  ${best.toFixed(0)} ns`,
    )
  }
}
