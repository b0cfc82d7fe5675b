// The shape that CVE-2026-42945 needs.

import type { Statement } from '../model/statement.ts'
import { conditionRegex } from '../model/taint/captures.ts'
import { variablesOf } from '../model/value.ts'
import { affected } from '../model/version.ts'
import type { Rule } from '../rule.ts'

/** What runs behind a rewrite: the rest of its block, and of the block around an `if`. */
function* later(at: Statement): Generator<Statement> {
  for (const next of at.parent?.children ?? []) {
    if (next.index <= at.index) continue
    if (next.name === 'break' || next.name === 'return') return
    yield next
  }
  if (at.parent?.name === 'if') yield* later(at.parent)
}

export const rule: Rule = {
  name: 'unnamed-groups',
  severity: 'warning',
  confidence: 'medium',
  since: '0.1.0',
  topic: 'security',
  alias: ['gixy: unnamed_groups', 'nginx-lint: nginx-rift', 'CVE-2026-42945'],
  summary: 'A rewrite with `?` stands before a `set` that uses a numbered capture (CVE-2026-42945).',
  why: 'nginx 0.6.27 to 1.30.0 keeps “we are in the arguments” after such a rewrite and writes the next captures escaped into a buffer measured for unescaped ones: a request can write over the heap. Fixed in 1.30.1 and 1.31.0; distributions may have the fix in older numbers.',
  visits: ['rewrite'],
  bad: [
    'location / { rewrite ^(.*) /new?c=1; set $x $1; }',
    'location / { rewrite ^/u/(\\d+)/(.*)$ /p.php?id=$1&tab=$2; if ($arg_x) { set $y $2; } }',
    'location / { if ($arg_x) { rewrite ^(.*) /new?c=1; } set $x $1; }',
    'location / { rewrite ^(.*) /new?c=1; if ($host = "$1") { return 200 ok; } }',
  ],
  good: [
    'location / { rewrite ^(?<path>.*) /new?c=1; set $x $path; }',
    'location / { set $x $1; rewrite ^(.*) /new?c=1; }',
    'location / { rewrite ^(.*) /new; set $x $1; }',
    { nginx: '1.30.1', conf: 'location / { rewrite ^(.*) /new?c=1; set $x $1; }' },
    'location / { rewrite ^/u/(.*)$ /p.php?id=$1 last; set $x $1; }',
    'location / { rewrite ^(.*) /new?c=1; break; set $x $1; }',
    'location / { rewrite ^(.*) /new?c=1; if ($uri ~ ^/(x)) { set $x $1; } }',
  ],
  check(at, { model, report }) {
    const replacement = at.args[1] ?? ''
    if (
      !/\?./.test(replacement) ||
      ['last', 'break', 'redirect', 'permanent'].includes(at.args[2] ?? '') ||
      /^(?:https?:\/\/|\$scheme)/.test(replacement)
    )
      return
    if (!affected(model.nginx, '0.6.27', ['1.30.1', '1.31.0'])) return
    const numbered = (value: string): boolean => variablesOf(value).some((name) => /^[1-9]$/.test(name))
    for (const next of later(at)) {
      const sets = next.name === 'set' ? [next] : next.name === 'if' ? next.all('set') : []
      const compared = next.name === 'if' && !conditionRegex(next) && numbered(next.args.slice(1).join(' '))
      if (next.name === 'if' && conditionRegex(next) !== undefined) continue
      if (!compared && !sets.some((set) => numbered(set.args[1] ?? ''))) continue
      report(at, 'the `?` here and the numbered capture in a later `set` are what CVE-2026-42945 needs', {
        word: 1,
        help: 'upgrade nginx to 1.30.1 or newer, or use named groups: (?<path>.*) and $path',
      })
      return
    }
  },
}
