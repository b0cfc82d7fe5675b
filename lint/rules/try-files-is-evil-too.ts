// try_files in front of an application, without a cache of file lookups.

import type { Statement } from '../model/statement.ts'
import type { Rule } from '../rule.ts'

/** Most requests come here: not the few that a regex or a longer prefix picks out. */
const isHome = (at: Statement): boolean => at.parent?.name !== 'location' || at.parent.arg === '/'

export const rule: Rule = {
  name: 'try-files-is-evil-too',
  severity: 'info',
  confidence: 'low',
  since: '0.1.0',
  topic: 'performance',
  alias: ['gixy: try_files_is_evil_too'],
  summary: 'try_files looks at the disk several times for every dynamic request.',
  why: 'Each name before the last is a system call per request. Where most requests end in the application anyway, open_file_cache remembers what is there and what is not.',
  visits: ['try_files'],
  bad: [
    'server { location / { try_files $uri $uri/ /index.php?$args; } }',
    'server { location / { try_files $uri $uri/ @app; } }',
    'server { location / { try_files $uri /index.html; } }',
  ],
  good: [
    'server { open_file_cache max=1000; location / { try_files $uri $uri/ /index.php?$args; } }',
    'server { location / { try_files $uri $uri/ =404; } }',
    'server { location / { try_files $uri @app; } }',
    'server { location ~ \\.css$ { try_files $uri /index.php; } }',
  ],
  check(at, { model, report }) {
    const last = at.args.at(-1) ?? ''
    if (/^=/.test(last) || (at.args.length < 3 && !(/\/index\.\w+/.test(last) && isHome(at)))) return
    const cache = at.effective('open_file_cache')
    if ((cache !== undefined && cache.arg !== 'off') || !model.isOpen(at)) return
    report(
      at,
      `every request looks for ${at.args.length === 2 ? 'a file' : `${at.args.length - 1} files`} on the disk before it reaches ${last.split('?')[0]}`,
      { help: 'add `open_file_cache max=1000 inactive=60s;` with `open_file_cache_errors on;`' },
    )
  },
}
