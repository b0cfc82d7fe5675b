// Regex locations that match anywhere in the path.

import { isInternal } from '../model/handler.ts'
import { readLocation } from '../model/location.ts'
import { anchored } from '../model/regex/anchors.ts'
import { readRegex } from '../model/regex/read.ts'
import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'unanchored-regex',
  severity: 'info',
  confidence: 'medium',
  since: '0.1.0',
  topic: 'correctness',
  alias: ['gixy: unanchored_regex'],
  summary: 'A regex location matches anywhere in the path.',
  why: '`location ~ \\.php` also takes /photo.php.jpg and /x.phpanything/y. An anchor says which end is meant, and is quicker.',
  visits: ['location'],
  bad: [
    'server { location ~ \\.php { fastcgi_pass unix:/run/php.sock; } }',
    'server { location ~ /v1/ { proxy_pass http://app; } }',
    'server { location ~ ^/foo|/bar { proxy_pass http://app; } }',
    'server { location ~ "(^/foo)*bar" { proxy_pass http://app; } }',
  ],
  good: [
    'server { location ~ \\.php$ { fastcgi_pass unix:/run/php.sock; } }',
    'server { location ~ ^/v1/ { proxy_pass http://app; } }',
    'server { location ~ ^/foo$|^/bar$ { proxy_pass http://app; } }',
    'server { location ~ /\\. { deny all; } }',
    'server { location ~ /\\.git { return 404; } }',
    'server { location ~ \\.php(?:/|$) { fastcgi_pass unix:/run/php.sock; } }',
    'server { location ~ \\.php(?:$|/) { fastcgi_pass unix:/run/php.sock; } }',
    'server { location ~ "(^/a|/b$)" { fastcgi_pass unix:/run/php.sock; } }',
    'server { location ~ "(?=^/foo)/foo/bar" { fastcgi_pass unix:/run/php.sock; } }',
  ],
  check(at, { model, report }) {
    const { modifier, path } = readLocation(at)
    if (modifier !== '~' && modifier !== '~*') return
    const regex = readRegex(path, modifier === '~*')
    if (regex.pattern === undefined || isInternal(at)) return
    if (anchored(regex.pattern)) return
    // To refuse too much does no harm.
    if (at.all('deny').some((one) => one.arg === 'all') || /^(?:4\d\d)$/.test(at.first('return')?.arg ?? ''))
      return
    // `\.php(?:/|$)`: the end of a name.
    if (
      /\((?:\?:)?(?:\$\|\/?|\/(?:\.[*+])?\|\$|\|\$)\)/.test(path) ||
      (model.tree.whole && !model.isOpen(at))
    )
      return
    report(at, `${path} matches anywhere in the path`, {
      word: at.args.length - 1,
      help: 'begin it with ^, or end it with $',
    })
  },
}
