// Throws mutated FastCGI and uwsgi bytes at the readers and at whole connections. `node --import=tsx scripts/fuzz.ts [inputs] [seed]`
// Checks: nothing is thrown but what the error table knows, cuts change nothing, every environ is well-formed, no answer
// carries another request's token, no connection stays busy, memory does not grow. Exits 1 at the first fault, with the
// input as hex: put it into test/fixtures/wire/fuzz/.

import { connection, gate } from './fuzz/connection.ts'
import { read } from './fuzz/heard.ts'
import { type Binary, cuts, mutate } from './fuzz/inputs.ts'
import { seedWith } from './fuzz/random.ts'

const inputs = Number(process.argv[2] ?? 100_000)
const seed = Number(process.argv[3] ?? 1)

seedWith(seed)
const started = performance.now()
let memory = 0
for (let n = 0; n < inputs; n++) {
  const protocol: Binary = n % 2 === 0 ? 'fastcgi' : 'uwsgi'
  const bytes = mutate(protocol)
  const before = process.cpuUsage()
  try {
    if (n % 4 < 2) {
      const whole = read(protocol, [bytes])
      const cut = read(protocol, cuts(bytes))
      // After a refusal the body bytes before it may or may not have been told.
      if (whole !== cut) throw new Error(`cut differently, heard differently:\n${whole}\n${cut}`)
    } else connection(protocol, bytes)
    if (gate.counts.connections !== 0) throw new Error('a connection was not let go')
    // CPU time: the machine may have other things to do.
    if (process.cpuUsage(before).user > 3e6) throw new Error('three seconds of CPU for one input')
  } catch (error) {
    console.error(
      `input ${n} of seed ${seed} (${protocol}): ${(error as Error).stack}\n${bytes.toString('hex')}`,
    )
    process.exit(1)
  }
  if (n % 500_000 === 499_999) {
    globalThis.gc?.()
    const { rss } = process.memoryUsage()
    console.log(
      `${n + 1} inputs, ${Math.round((performance.now() - started) / 1000)} s, ${Math.round(rss / 2 ** 20)} MiB`,
    )
    memory ||= rss
    if (rss > memory * 2) {
      console.error('memory has doubled')
      process.exit(1)
    }
  }
}
console.log(
  `${inputs} inputs, seed ${seed}: no fault in ${Math.round((performance.now() - started) / 1000)} s`,
)
