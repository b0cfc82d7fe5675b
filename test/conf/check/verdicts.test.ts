// What the real nginx said about each of these configurations, recorded for three versions, and what we say.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { refusal } from '../../../conf/check/verdict.ts'
import { VERSIONS } from '../../../conf/directives.ts'
import { loadConfText } from '../../../conf/include.ts'

const fixtures = join(import.meta.dirname, '../../fixtures/conf')
const nothing = { read: () => undefined, list: () => [] }

type Recorded = { conf: string } & Record<string, [line: number, message: string] | null | string>

const recorded = JSON.parse(readFileSync(join(fixtures, 'verdicts.json'), 'utf8')) as Recorded[]

/** PCRE2 10.4x and 10.46 do not agree on where in a pattern the fault is. */
const plain = (message: string | undefined): string | undefined =>
  message?.replace(/^(pcre2.* in ".*") at ".*"$/s, '$1')

/** Line 0 is a message without a line. */
function verdictOf(text: string, nginx: string): [number, string] | null {
  const found = refusal(loadConfText(text, 'c.conf', nothing), { nginx })
  return found === undefined ? null : [found.span.start.line, found.message]
}

for (const version of VERSIONS) {
  test(`says of every recorded configuration what nginx ${version} says`, (t) => {
    const wrong = recorded.flatMap((row) => {
      const real = row[version] as [number, string] | null | undefined
      if (real === undefined) return []
      const ours = verdictOf(row.conf, version)
      const same =
        real === null || ours === null
          ? real === ours
          : plain(ours[1]) === plain(real[1]) && (real[0] === 0 || ours[0] === real[0])
      return same ? [] : [{ conf: row.conf, real, ours }]
    })
    t.deepEqual(wrong, [])
  })

  test(`refuses none of the good configurations for nginx ${version}`, (t) => {
    for (const name of readdirSync(join(fixtures, 'valid'))) {
      t.is(verdictOf(readFileSync(join(fixtures, 'valid', name), 'utf8'), version), null, name)
    }
  })
}

test('refuses none of the good configurations of the newest nginx', (t) => {
  for (const name of readdirSync(join(fixtures, 'valid-latest'))) {
    t.is(verdictOf(readFileSync(join(fixtures, 'valid-latest', name), 'utf8'), 'latest'), null, name)
  }
})
