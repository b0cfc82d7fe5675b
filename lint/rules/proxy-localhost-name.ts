// localhost by name.

import { type Rule, replaceArg } from '../rule.ts'

export const rule: Rule = {
  name: 'proxy-localhost-name',
  severity: 'info',
  confidence: 'medium',
  since: '0.1.0',
  topic: 'proxy',
  summary: 'The application is looked for at “localhost”, which has two addresses.',
  why: 'localhost is 127.0.0.1 and ::1. Applications mostly listen on 127.0.0.1 only: every second connection is refused first (“connect() failed … [::1]:8000”), and after it the server counts as down for ten seconds.',
  visits: ['proxy_pass', 'uwsgi_pass', 'fastcgi_pass', 'scgi_pass', 'grpc_pass', 'server'],
  bad: [
    'location / { proxy_pass http://localhost:8000; }',
    'upstream app { server localhost:8000; }',
    'location / { uwsgi_pass localhost:3031; }',
  ],
  good: [
    'location / { proxy_pass http://127.0.0.1:8000; }',
    'upstream app { server 127.0.0.1:8000; }',
    'location / { uwsgi_pass unix:/run/localhost.sock; }',
  ],
  fixable: true,
  check(at, { report }) {
    if (at.name === 'server' && at.parent?.name !== 'upstream') return
    if (!/^(?:[a-z]+:\/\/)?localhost(?=[:/]|$)/.test(at.arg)) return
    report(at, 'localhost is 127.0.0.1 and ::1, and the application most likely listens on one of them', {
      word: 0,
      help: at.arg.replace('localhost', '127.0.0.1'),
      fix: replaceArg(at, 0, (at.node?.args[0]?.raw ?? at.arg).replace('localhost', '127.0.0.1')),
    })
  },
}
