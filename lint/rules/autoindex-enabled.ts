// Listings of folders.

import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'autoindex-enabled',
  severity: 'info',
  confidence: 'medium',
  since: '0.1.0',
  topic: 'security',
  alias: ['nginx-lint: autoindex-enabled'],
  summary: 'Everybody can list the folder.',
  why: 'autoindex shows every file, also those that no page links to: backups, old exports, other people’s uploads.',
  visits: ['autoindex'],
  bad: ['server { listen 80; location /media/ { autoindex on; alias /srv/media/; } }'],
  good: [
    'server { listen 80; location /media/ { autoindex off; alias /srv/media/; } }',
    'server { listen 80; location /files/ { autoindex on; auth_basic x; auth_basic_user_file /f; } }',
    'server { listen 127.0.0.1:80; autoindex on; }',
    'server { listen 80; location /x/ { internal; autoindex on; } }',
  ],
  check(at, { model, report }) {
    const block = at.parent
    if (at.arg !== 'on' || block === undefined || !model.isOpen(at) || block.has('internal')) return
    if (
      ['auth_basic', 'auth_request', 'deny'].some(
        (name) => block.effective(name) !== undefined && block.effective(name)?.arg !== 'off',
      )
    )
      return
    report(at, 'everybody can list the files here', {
      help: 'autoindex off; unless the listing is what visitors come for',
    })
  },
}
