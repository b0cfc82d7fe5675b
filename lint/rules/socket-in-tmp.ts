// Sockets in /tmp.

import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'socket-in-tmp',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'python',
  summary: 'The application’s socket lies in /tmp.',
  why: 'Under systemd with PrivateTmp, nginx and the application each have a /tmp of their own: 502, “No such file or directory”. Without it, any user of the machine can put a socket there first, and clean-up jobs remove it.',
  visits: ['uwsgi_pass', 'proxy_pass', 'fastcgi_pass', 'scgi_pass', 'grpc_pass', 'server', 'listen'],
  bad: [
    'location / { uwsgi_pass unix:///tmp/app.sock; }',
    'location / { proxy_pass http://unix:/tmp/gunicorn.sock; }',
    'upstream app { server unix:/var/tmp/app.sock; }',
  ],
  good: [
    'location / { uwsgi_pass unix:/run/app/app.sock; }',
    'location / { root /tmp/x; }',
    'upstream app { server 127.0.0.1:8000; }',
  ],
  check(at, { report }) {
    const found = /unix:(?:\/\/)?(\/(?:var\/)?tmp\/[^:;]*)/.exec(at.arg)
    if (found === null || (at.name === 'server' && at.isBlock && at.node?.block !== undefined)) return
    report(at, `${found[1]} may be another file for nginx than for the application`, {
      word: 0,
      help: 'use /run/<name>/app.sock (systemd: RuntimeDirectory=<name>)',
    })
  },
}
