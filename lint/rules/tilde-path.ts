// ~ in a path.

import type { Rule } from '../rule.ts'

const PATHS = [
  'root',
  'alias',
  'include',
  'ssl_certificate',
  'ssl_certificate_key',
  'access_log',
  'error_log',
  'auth_basic_user_file',
  'uwsgi_pass',
  'proxy_pass',
  'fastcgi_pass',
  'scgi_pass',
  'grpc_pass',
  'server',
  'pid',
  'ssl_dhparam',
  'proxy_cache_path',
  'js_path',
  'js_import',
  'client_body_temp_path',
  'ssl_trusted_certificate',
  'load_module',
]

export const rule: Rule = {
  name: 'tilde-path',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  summary: '~ in a path is not a home folder.',
  why: '~ is the shell’s. nginx looks for a folder named “~” below its own prefix.',
  visits: PATHS,
  bad: [
    'server { root ~/site; }',
    'location /static/ { alias ~django/static/; }',
    'location / { uwsgi_pass unix:~/app.sock; }',
    'upstream app { server unix:~/app.sock; }',
  ],
  good: [
    'server { root /home/django/site; }',
    'location / { uwsgi_pass unix:/run/app.sock; }',
    'server { location ~ /x { root /srv; } }',
    'server { root /srv/a~b; }',
  ],
  check(at, { report }) {
    at.args.forEach((value, word) => {
      if (/^(?:https?:\/\/)?(?:unix:)?~[\w.-]*(?:\/|$)/.test(value) && value !== '~')
        report(at, `nginx does not know “~”: it looks for a folder of that name`, {
          word,
          help: 'write the whole path: /home/name/…',
        })
    })
  },
}
