// `npm run conformance [server …]`: every case against every server that is installed; prints the table and, after a run of all,
// writes docs/conformance.md.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Table from 'cli-table3'
import { writeConformancePage } from '../test/conformance/page.ts'
import { runServer, type ServerResult } from '../test/conformance/run.ts'
import { servers } from '../test/conformance/servers.ts'

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !servers.some((server) => server.name === name))
if (unknown.length > 0) {
  console.error(
    `no such server: ${unknown.join(', ')} (there are ${servers.map((one) => one.name).join(', ')})`,
  )
  process.exit(2)
}

const results: ServerResult[] = []
let missing = 0
for (const server of servers) {
  if (wanted.length > 0 && !wanted.includes(server.name)) continue
  if (server.version() === undefined) {
    console.error(`${server.name} is not installed, left out`)
    missing += 1
    continue
  }
  results.push(await runServer(server))
}

const columns = results.flatMap((one) => one.ways.map((way) => ({ server: one.server, ...way })))
const names = columns[0]?.verdicts.map((verdict) => verdict.name) ?? []
const table = new Table({
  head: ['case', ...columns.map((one) => `${one.server}\n${one.way}`)],
  style: { head: [], border: [], compact: true },
})
for (const [row, name] of names.entries()) {
  const marks = columns.map(({ verdicts }) => {
    const verdict = verdicts[row]
    return verdict?.skipped ? '·' : verdict?.wrong === undefined ? 'ok' : 'FAIL'
  })
  if (marks.includes('FAIL')) table.push([name, ...marks])
}
console.log(table.toString())
for (const { server, way, verdicts } of columns) {
  const run = verdicts.filter((verdict) => !verdict.skipped)
  const passed = run.filter((verdict) => verdict.wrong === undefined)
  console.log(`${server}, ${way}: ${passed.length} of ${run.length}`)
}
for (const { server, way, verdicts } of columns)
  if (server === 'postern')
    for (const verdict of verdicts)
      if (verdict.wrong !== undefined) console.log(`postern, ${way}: ${verdict.name}: ${verdict.wrong}`)

if (wanted.length === 0 && missing === 0) {
  writeFileSync(join(import.meta.dirname, '..', 'docs', 'conformance.md'), writeConformancePage(results))
  console.log('docs/conformance.md is written')
}
process.exit(
  columns.some((one) => one.server === 'postern' && one.verdicts.some((each) => each.wrong)) ? 1 : 0,
)
