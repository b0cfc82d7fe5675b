// Several answers in one location, of which one counts.

import { CONTENT_HANDLERS, redirectTarget } from '../model/handler.ts'
import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'two-content-handlers',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  alias: ['nginx-lint: try-files-with-proxy'],
  summary: 'A location has two handlers, and one of them never runs.',
  why: 'A location has one content handler: of proxy_pass and uwsgi_pass the last one in the file wins, a return answers before either, and behind try_files the pass gets also the files that were found.',
  visits: ['location'],
  bad: [
    'server { location / { proxy_pass http://app; uwsgi_pass unix:/run/a.sock; } }',
    'server { location / { return 301 https://a.example/; proxy_pass http://app; } }',
    'server { location / { try_files $uri @app; proxy_pass http://app; } location @app { proxy_pass http://app; } }',
    'server { location / { try_files $uri $uri/ =404; uwsgi_pass unix:/run/a.sock; } }',
  ],
  good: [
    'server { location / { proxy_pass http://app; } }',
    'server { location ~ \\.php$ { try_files $uri =404; fastcgi_pass unix:/run/php.sock; } }',
    'server { location / { rewrite ^ $request_uri; rewrite ^/1(/.*) $1 break; return 400; proxy_pass http://app/$1; } }',
    'server { location / { if ($bad) { return 403; } proxy_pass http://app; } }',
    'server { location / { try_files $uri @app; } location @app { uwsgi_pass unix:/run/a.sock; } }',
    'server { location / { root /srv; uwsgi_pass unix:/run/a.sock; } }',
  ],
  check(at, { report }) {
    const found = CONTENT_HANDLERS.flatMap((name) => at.all(name).slice(0, 1)).filter(
      (one) => !(one.name === 'perl' || one.arg === 'off'),
    )
    const [first, second] = found.sort((a, b) => a.index - b.index)
    if (first === undefined) return
    if (second !== undefined) {
      report(second, `${first.name} is set here too, and only one of the two answers`, {
        help: 'keep one of them, or give each its own location',
      })
      return
    }
    const answer = at.first('return')
    if (
      answer !== undefined &&
      !at.all('rewrite').some((one) => one.args[2] === 'break' || one.args[2] === 'last') &&
      !at.all('if').some((one) => one.has('break', 'rewrite'))
    ) {
      report(answer, `this answers every request: ${first.name} below never runs`, {
        help:
          redirectTarget(answer) === undefined
            ? 'take one of the two away, or put the return into an if'
            : 'redirect in a location or server of its own',
      })
      return
    }
    const tries = at.first('try_files')
    if (tries === undefined || !['proxy_pass', 'uwsgi_pass', 'grpc_pass'].includes(first.name)) return
    report(tries, `files that are found go to ${first.name} as well; nothing is served from the disk here`, {
      help: `leave only try_files here, and put ${first.name} into location @app: try_files $uri @app;`,
    })
  },
}
