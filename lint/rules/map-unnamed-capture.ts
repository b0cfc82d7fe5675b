// The shape that CVE-2026-42533 needs.

import { readRegex } from '../model/regex/read.ts'
import { variablesOf } from '../model/value.ts'
import { affected } from '../model/version.ts'
import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'map-unnamed-capture',
  severity: 'warning',
  confidence: 'medium',
  since: '0.1.0',
  topic: 'security',
  alias: ['nginx-lint: map-unnamed-capture', 'CVE-2026-42533'],
  summary: 'A value uses a capture and then a regex map that changes it (CVE-2026-42533).',
  why: 'nginx 0.9.6 to 1.30.3 measures the value first and writes it second. A map with a regex runs in between and replaces the captures, so that more can be written than was measured. Fixed in 1.30.4 and 1.31.3; distributions may have the fix in older numbers.',
  visits: ['map'],
  bad: [
    'map $arg_x $name { default x; ~^(.*)$ $1; } server { location ~ ^/(.*)$ { return 200 $1$name; } }',
    'map $uri $v { volatile; default ""; ~^/(.+)$ $1; } server { location / { add_header X-V $v; } }',
  ],
  good: [
    'map $arg_x $name { default x; ~^(.*)$ $1; } server { location ~ ^/(.*)$ { return 200 $name$1; } }',
    'map $arg_x $name { default x; ~^a b; } server { location ~ ^/(.*)$ { return 200 $1$name; } }',
    {
      nginx: '1.30.4',
      conf: 'map $arg_x $name { default x; ~^(.*)$ $1; } server { location ~ ^/(.*)$ { return 200 $1$name; } }',
    },
    'map $arg_x $name { default x; ~^(?<who>.*)$ $who; } server { location ~ ^/(?<path>.*)$ { return 200 $path$name; } }',
  ],
  check(at, { model, report }) {
    if (!affected(model.nginx, '0.9.6', ['1.30.4', '1.31.3'])) return
    const made = (at.args[1] ?? '').replace(/[${}]/g, '').toLowerCase()
    const regexes = at.entries
      .filter((entry) => entry.name.startsWith('~'))
      .map((entry) => readRegex(entry.name.replace(/^~\*?/, ''), false))
    const changes = new Set(
      regexes.flatMap((regex) =>
        [...Array(regex.groups).keys()]
          .map((i) => String(i + 1))
          .concat([...regex.names.keys()].map((name) => name.toLowerCase())),
      ),
    )
    if (changes.size === 0) return
    const volatile = at.entries.some((entry) => entry.name === 'volatile')
    for (const user of model.all) {
      for (const [word, arg] of user.args.entries()) {
        if (!arg.includes('$') || user === at) continue
        const used = variablesOf(arg)
        const where = used.indexOf(made)
        if (where < 0 || !(volatile || used.slice(0, where).some((name) => changes.has(name)))) continue
        report(
          user,
          `$${made} comes from a map whose regex changes the captures while this value is put together: what CVE-2026-42533 needs`,
          { word, help: 'upgrade nginx to 1.30.4 or newer, or use differently named groups in both regexes' },
        )
        return
      }
    }
  },
}
