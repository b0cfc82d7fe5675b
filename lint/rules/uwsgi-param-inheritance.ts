// An inner uwsgi_param drops the standard set of the outer level.

import { passOf } from '../model/handler.ts'
import type { Statement } from '../model/statement.ts'
import { hasUnread } from '../model/unread.ts'
import type { Rule } from '../rule.ts'

const FILE: Record<string, string> = {
  uwsgi_param: 'uwsgi_params',
  fastcgi_param: 'fastcgi_params',
  scgi_param: 'scgi_params',
}

export const rule: Rule = {
  name: 'uwsgi-param-inheritance',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'python',
  alias: ['nginx-lint: proxy-set-header-inheritance'],
  summary: 'An inner uwsgi_param drops the outer ones, REQUEST_METHOD among them.',
  why: 'uwsgi_param lines are inherited only by levels that have none of their own. One line in the location, and the uwsgi_params included in the server are gone: the application no longer sees method, path or query.',
  visits: ['location', 'server', 'if'],
  bad: [
    'server { include uwsgi_params; location / { uwsgi_param UWSGI_SCHEME $scheme; uwsgi_pass unix:/run/app.sock; } }',
    'server { uwsgi_param REQUEST_METHOD $request_method; uwsgi_param PATH_INFO $uri; location / { uwsgi_param X y; uwsgi_pass unix:/run/app.sock; } }',
    'http { fastcgi_param REQUEST_METHOD $request_method; server { fastcgi_param HTTPS on; location / { fastcgi_pass 127.0.0.1:9000; } } }',
  ],
  good: [
    'server { location / { include uwsgi_params; uwsgi_param UWSGI_SCHEME $scheme; uwsgi_pass unix:/run/app.sock; } }',
    'server { include uwsgi_params; location / { uwsgi_pass unix:/run/app.sock; } }',
    'server { include uwsgi_params; uwsgi_param UWSGI_SCHEME $scheme; location / { uwsgi_pass unix:/run/app.sock; } }',
    'server { uwsgi_param X y; location / { include uwsgi_params; uwsgi_pass unix:/run/app.sock; } }',
  ],
  check(block, { report }) {
    for (const directive of ['uwsgi_param', 'fastcgi_param', 'scgi_param'] as const) {
      const own = block.all(directive)
      if (own.length === 0 || hasUnread(block) || tells(own)) continue
      const outer = (block.parent?.up() ?? []).find(
        (level) => level.has(directive) || includesSet(level, directive),
      )
      if (outer === undefined || !(tells(outer.all(directive)) || includesSet(outer, directive))) continue
      if (
        passOf(block) === undefined &&
        !block.below().some((one) => one.name === directive.replace('param', 'pass'))
      )
        continue
      report(
        own[0] as Statement,
        `this drops every ${directive} of the ${outer.name === '' ? 'outer level' : outer.name}, REQUEST_METHOD among them`,
        { help: `include ${FILE[directive]}; here as well` },
      )
    }
  },
}

const tells = (params: Statement[]): boolean =>
  params.some((one) => /^(?:REQUEST_METHOD|SCRIPT_FILENAME)$/.test(one.arg))
const includesSet = (level: Statement, directive: string): boolean =>
  level
    .all('include')
    .some(
      (one) =>
        one.arg.includes(directive) ||
        (directive === 'fastcgi_param' && /fastcgi(?:-php)?\.conf$/.test(one.arg)),
    )
