// A uwsgi_param named like a header: the application does not look there.

import { type Rule, replaceArg } from '../rule.ts'

const HEADERISH =
  /^(?:X_|FORWARDED|HOST$|AUTHORIZATION$|UPGRADE$|CONNECTION$|COOKIE$|REFERER$|USER_AGENT$|ACCEPT|ORIGIN$)/

export const rule: Rule = {
  name: 'uwsgi-param-header-name',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'python',
  summary: 'A uwsgi_param is named like an HTTP header.',
  why: 'WSGI puts headers into the environ as HTTP_X_REAL_IP. `uwsgi_param X-Real-IP $remote_addr;` makes an environ key “X-Real-IP” that Django, Flask and every middleware never read.',
  visits: ['uwsgi_param', 'fastcgi_param', 'scgi_param'],
  bad: [
    'location / { uwsgi_param X-Real-IP $remote_addr; }',
    'location / { uwsgi_param Host $host; }',
    'location / { uwsgi_param X_FORWARDED_PROTO $scheme; }',
    'location / { fastcgi_param X-Forwarded-For $remote_addr; }',
  ],
  good: [
    'location / { uwsgi_param HTTP_X_REAL_IP $remote_addr; }',
    'location / { uwsgi_param UWSGI_SCHEME $scheme; }',
    'location / { uwsgi_param REMOTE_ADDR $remote_addr; }',
    'location / { uwsgi_param APP_ENV production; }',
    'location / { uwsgi_param SSL_CLIENT_VERIFY $ssl_client_verify; }',
  ],
  fixable: true,
  check(at, { report }) {
    const name = at.arg
    if (/^HTTP_/.test(name) && !/[-a-z]/.test(name)) return
    const wrong = name.includes('-') || HEADERISH.test(name) || (/[a-z]/.test(name) && /^[A-Z]/.test(name))
    if (!wrong) return
    const right = `HTTP_${name
      .replace(/^HTTP_/i, '')
      .replace(/-/g, '_')
      .toUpperCase()}`
    report(at, `the application looks for ${right}, not for ${name}`, {
      word: 0,
      help: `${at.name} ${right} …;`,
      fix: replaceArg(at, 0, right),
    })
  },
}
