// A *_pass that gives the application no CGI variables.

import type { Statement } from '../model/statement.ts'
import { hasUnread, unreadAround } from '../model/unread.ts'
import type { Rule } from '../rule.ts'

const PARAM: Record<string, string> = {
  uwsgi_pass: 'uwsgi_param',
  fastcgi_pass: 'fastcgi_param',
  scgi_pass: 'scgi_param',
}
const FILE: Record<string, string> = {
  uwsgi_pass: 'uwsgi_params',
  fastcgi_pass: 'fastcgi_params',
  scgi_pass: 'scgi_params',
}

export const rule: Rule = {
  name: 'uwsgi-params-missing',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'python',
  summary: 'The application is told nothing about the request.',
  why: 'uwsgi_pass sends only what uwsgi_param lines name: no REQUEST_METHOD, no PATH_INFO, no QUERY_STRING without them. uWSGI answers 500 or treats every request as “/”. The file uwsgi_params, which comes with nginx, has the usual ones.',
  visits: ['uwsgi_pass', 'fastcgi_pass', 'scgi_pass'],
  bad: [
    'server { location / { uwsgi_pass unix:/run/app.sock; } }',
    'server { location / { fastcgi_pass 127.0.0.1:9000; } }',
    'server { location / { uwsgi_param UWSGI_SCHEME $scheme; uwsgi_pass unix:/run/app.sock; } }',
  ],
  good: [
    'server { location / { include uwsgi_params; uwsgi_pass unix:/run/app.sock; } }',
    'server { include uwsgi_params; location / { uwsgi_pass unix:/run/app.sock; } }',
    'server { location / { uwsgi_param REQUEST_METHOD $request_method; uwsgi_param PATH_INFO $document_uri; uwsgi_pass unix:/run/app.sock; } }',
  ],
  check(at, { model, report }) {
    const block = at.parent
    const directive = PARAM[at.name]
    if (block === undefined || directive === undefined || at.module === 'stream' || !model.isOpen(at)) return
    const params = block.effectiveAll(directive)
    if (params.length === 0) {
      if (!unreadAround(block))
        report(at, `no ${directive} is set here: the application sees neither method nor path`, {
          help: `include ${FILE[at.name]};`,
        })
      return
    }
    const level = params[0]?.parent as Statement
    for (const inner of block.up()) {
      if (hasUnread(inner)) return
      if (inner === level) break
    }
    if (hasUnread(level) || tells(params) || standardOutside(level, directive)) return
    report(at, `the ${directive} lines here do not name REQUEST_METHOD: the application cannot serve`, {
      help: `include ${FILE[at.name]}; before them`,
    })
  },
}

const tells = (params: Statement[]): boolean =>
  params.some((one) => /^(?:REQUEST_METHOD|SCRIPT_FILENAME|REQUEST_URI)$/.test(one.arg))

/** That is the other rule's finding: the set is there, but outside. */
function standardOutside(level: Statement, directive: string): boolean {
  for (const outer of level.parent?.up() ?? [])
    if (tells(outer.all(directive)) || hasUnread(outer)) return true
  return false
}
