// listen … http2, the old way.

import { type Rule, removeArg } from '../rule.ts'

export const rule: Rule = {
  name: 'listen-http2-deprecated',
  severity: 'info',
  confidence: 'high',
  since: '0.1.0',
  topic: 'tls',
  alias: ['nginx-lint: listen-http2-deprecated'],
  summary: 'The http2 parameter of listen is deprecated.',
  why: 'Since 1.25.1 http2 is a directive of its own, for each server and not for the socket; the parameter warns at every start and will go.',
  visits: ['listen'],
  bad: [{ nginx: '1.26.3', conf: 'server { listen 443 ssl http2; }' }],
  good: [
    'server { listen 443 ssl http2; }',
    { nginx: '1.26.3', conf: 'server { listen 443 ssl; http2 on; }' },
  ],
  check(at, { model, report }) {
    const word = at.args.indexOf('http2')
    if (word < 1 || model.before('1.25.1')) return
    // With `http2 on` already there, the parameter can simply go.
    const done = at.parent?.effective('http2')?.arg === 'on'
    report(at, 'the http2 parameter of listen is deprecated', {
      word,
      help: 'http2 on; in the server',
      ...(done ? { fix: removeArg(at, word) } : {}),
    })
  },
}
