// root / and alias /.

import { readLocation } from '../model/location.ts'
import type { Rule } from '../rule.ts'

/** `/`, `//`, `/./`, `/etc/..`: the root of the file system. */
export function isSystemRoot(path: string): boolean {
  if (!path.startsWith('/') || path.includes('$')) return false
  const stack: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') stack.pop()
    else if (part !== '' && part !== '.') stack.push(part)
  }
  return stack.length === 0
}

export const rule: Rule = {
  name: 'filesystem-root-exposure',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'security',
  alias: ['gixy: filesystem_root_exposure'],
  summary: 'The whole file system is served.',
  why: 'With `root /;` a request for /etc/passwd gets /etc/passwd, and every key and settings file that nginx may read.',
  visits: ['root', 'alias'],
  bad: [
    'server { root /; }',
    'server { location / { root //; } }',
    'server { location /files/ { alias /; } }',
    'server { location /x/ { alias /srv/../; } }',
    'server { location /x { alias /srv/..; } }',
  ],
  good: [
    'server { root /srv/www; }',
    'server { location /files/ { alias /srv/files/; } }',
    'server { location /protected/ { internal; alias /; } }',
    'server { root $base; }',
    'server { location = /x { alias /; } }',
    'server { location /x/ { alias /srv/..; } }',
  ],
  check(at, { report }) {
    if (!isSystemRoot(at.arg)) return
    const location = at.within('location')
    if (location?.has('internal')) return
    if (at.name === 'alias' && location !== undefined && readLocation(location).modifier === '=') return
    // Without its final slash, what follows a location with one is glued to the last name: /srv/..etc.
    if (
      at.name === 'alias' &&
      location !== undefined &&
      !at.arg.endsWith('/') &&
      location.args.at(-1)?.endsWith('/')
    )
      return
    report(at, `${at.name} ${at.arg} serves every file of this machine`, {
      word: 0,
      help: 'name the folder that holds the public files',
    })
  },
}
