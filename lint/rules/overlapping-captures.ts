// The shape that CVE-2026-9256 needs.

import type { AST } from '@eslint-community/regexpp'
import { capturingGroups, readRegex } from '../model/regex/read.ts'
import { pieces } from '../model/value.ts'
import { affected } from '../model/version.ts'
import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'overlapping-captures',
  severity: 'warning',
  confidence: 'medium',
  since: '0.1.0',
  topic: 'security',
  alias: ['gixy: overlapping_captures', 'CVE-2026-9256'],
  summary: 'A redirecting rewrite uses a capture and one inside it (CVE-2026-9256).',
  why: 'nginx up to 1.30.1 measures the buffer for escaped characters once, but nested captures write them twice: a request can write over the heap. Fixed in 1.30.2 and 1.31.1; distributions may have the fix in older numbers.',
  visits: ['rewrite'],
  bad: [
    'location / { rewrite ^/((.*))$ http://x.example/$1$2 redirect; }',
    'location / { rewrite ^/(a(.*))$ /x?a=$1&b=$2 last; }',
    'location / { rewrite ^/(?<outer>(.*))$ https://x.example/$1/$2; }',
  ],
  good: [
    'location / { rewrite ^/(.*)/(.*)$ http://x.example/$1$2 redirect; }',
    'location / { rewrite ^/((.*))$ http://x.example/$1 redirect; }',
    'location / { rewrite ^/((.*))$ http://$host/$1$2 redirect; }',
    'location / { rewrite ^/((.*))$ /x/$1$2 last; }',
    { nginx: '1.30.2', conf: 'location / { rewrite ^/((.*))$ http://x.example/$1$2 redirect; }' },
    'location / { rewrite ^/((.*))$ http://x.example/$1$1$2 redirect; }',
  ],
  check(at, { model, report }) {
    const [source = '', replacement = '', flag = ''] = at.args
    if (!affected(model.nginx, '0.1.17', ['1.30.2', '1.31.1'])) return
    const redirects = flag === 'redirect' || flag === 'permanent' || /^https?:\/\//.test(replacement)
    const query = replacement.replace(/\?$/, '').indexOf('?')
    if (!redirects && query < 0) return
    const parts = pieces(redirects ? replacement : replacement.slice(query))
    const used = parts.flatMap((part) => ('variable' in part ? [part.variable] : []))
    if (pieces(replacement).some((part) => 'variable' in part && !/^[1-9]$/.test(part.variable))) return
    if (used.length < 2 || new Set(used).size !== used.length) return
    const regex = readRegex(source, false)
    if (regex.pattern === undefined) return
    const groups = capturingGroups(regex.pattern)
    const inside = (inner: AST.Node | null | undefined, outer: AST.Node): boolean =>
      inner != null && (inner === outer || inside(inner.parent as AST.Node | null, outer))
    const overlap = used.some((a) =>
      used.some(
        (b) =>
          a !== b &&
          groups[Number(a) - 1] !== undefined &&
          inside(groups[Number(b) - 1], groups[Number(a) - 1] as AST.Node),
      ),
    )
    if (overlap)
      report(at, 'one of these captures lies inside another: what CVE-2026-9256 needs', {
        word: 1,
        help: 'upgrade nginx to 1.30.2 or newer, or use named groups by name',
      })
  },
}
