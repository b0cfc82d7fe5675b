// Something from a tutorial that was to be filled in.

import type { Rule } from '../rule.ts'

const PLACEHOLDER =
  /<[^>]+>|\{\{.*?\}\}|(?:^|[/_.:-])your?[-_.]?(?:domain|server|site|app|project|ip|host|path|name|user|username|company|website|key|cert)|(?:^|\/)path\/to\/|CHANGE[-_]?ME|(?:^|[/_.-])YOUR_[A-Z]+|(?:^|[/.])(?:mydomain|yourdomain|your-?site|yoursite)\.(?:com|org|net|tld)|\bdomain\.tld\b|xxx\.xxx|\b(?:server_)?domain_or_IP\b|example_project_path|__[A-Z]+_?[A-Z]*__|%[A-Z_]{3,}%|\[your[^\]]*\]|^(?:unix:)?\/+home\/(?:username|user_name|youruser|some_?user)\//i

const CAPITALS =
  /\b(?:SERVER_IP|IP_ADDRESS|DOMAIN_NAME|DOMAIN|HOSTNAME|PROJECT_NAME|PROJECT|USERNAME|USER_NAME|APP_NAME|SITE_NAME|PROJECT_PATH|YOUR[A-Z_]*|MY_[A-Z_]+)\b/

export const rule: Rule = {
  name: 'placeholder-left',
  severity: 'error',
  confidence: 'medium',
  since: '0.1.0',
  topic: 'correctness',
  summary: 'A placeholder of the tutorial is still there.',
  why: 'What had to be replaced by your own name or path stands in the file as it was copied.',
  visits: [
    'server_name',
    'root',
    'alias',
    'ssl_certificate',
    'ssl_certificate_key',
    'proxy_pass',
    'uwsgi_pass',
    'fastcgi_pass',
    'include',
    'server',
    'access_log',
    'error_log',
    'auth_basic_user_file',
    'resolver',
    'allow',
    'ssl_trusted_certificate',
    'set_real_ip_from',
    'user',
    'return',
    'listen',
    'uwsgi_param',
    'proxy_set_header',
    'add_header',
  ],
  bad: [
    'server { server_name your_domain.com; }',
    'location /static/ { alias /path/to/your/static/; }',
    'location /static { alias <Путь до проекта>/static; }',
    'server { server_name YOUR_SERVER_IP; }',
    'location / { uwsgi_pass unix:/run/MY_APP/app.sock; }',
    'location /static/ { alias /home/username/project/static/; }',
    'location / { uwsgi_pass unix:/home/YOUR_USER/app.sock; }',
    'server { ssl_certificate /etc/letsencrypt/live/yourdomain.com/fullchain.pem; }',
  ],
  good: [
    'server { server_name example.com; }',
    'location /static/ { alias /srv/app/static/; }',
    'server { server_name ~^(?<name>.+)\\.example\\.com$; }',
    'location ~ ^/(?<path>.*)$ { root /srv; }',
    'server { server_name youryoghurt.example; root /srv/my_app; }',
    'location /home/username/ { alias /srv/home/username/; }',
    'location / { return 200 "<html>ok</html>"; }',
    'location / { add_header Link "<https://example.com/x>; rel=canonical"; }',
  ],
  check(at, { report }) {
    if (at.name === 'server' && at.node?.block !== undefined) return
    const markup = ['return', 'add_header', 'proxy_set_header', 'uwsgi_param'].includes(at.name)
    // An unquoted `<path of the project>` falls into several words.
    const joined = at.args.join(' ')
    if (!markup && /<[^<>]*\s[^<>]*>/.test(joined) && !joined.includes('(?<')) {
      report(at, `“${joined}” still has a placeholder`, { help: 'put your own value there' })
      return
    }
    for (const [word, value] of at.args.entries()) {
      if (value.startsWith('~') || value.includes('(?<')) continue
      const found = PLACEHOLDER.exec(value) ?? CAPITALS.exec(value)
      if (
        found === null ||
        (markup && !/^(?:\{\{|your|CHANGE|YOUR_)/i.test(found[0].replace(/^[/_.:-]/, '')))
      )
        continue
      report(at, `“${value}” still has the placeholder ${found[0]}`, {
        word,
        help: 'put your own value there',
      })
      return
    }
  },
}
