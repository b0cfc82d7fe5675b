// Names that no request can have.

import { type Rule, replaceArg } from '../rule.ts'

function problemOf(name: string): string | undefined {
  if (name === '' || name.startsWith('~') || name.startsWith('$')) return undefined
  // A template, filled in before nginx reads it.
  if (/\$\{[A-Z][A-Z0-9_]*\}/.test(name)) return undefined
  if (/^[a-z]+:\/\//i.test(name)) return 'has a scheme'
  if (name.includes('/')) return 'has a slash'
  if (name.includes(',')) return 'has a comma'
  if (/\s/.test(name)) return 'has a blank'
  if (/:\d*$/.test(name) && !name.startsWith('[')) return 'has a port'
  if (/[()|^$\\?]/.test(name)) return 'looks like a regex and does not begin with ~'
  if (name.includes('*') && !/^\*\.[^*]+$/.test(name) && !/^[^*]+\.\*$/.test(name))
    return 'has a * that does not stand alone at one end'
  if (/\.\./.test(name)) return 'has two dots in a row'
  return undefined
}

export const rule: Rule = {
  name: 'server-name-malformed',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  summary: 'A server_name is not a host name.',
  why: 'nginx compares names as they stand. “https://example.com”, “example.com:80” and “example.com,” are never equal to a Host, so the server never answers for them; and nginx -t says nothing.',
  visits: ['server_name'],
  bad: [
    'server { server_name https://example.com; }',
    'server { server_name example.com:8080; }',
    'server { server_name a.example, b.example; }',
    'server { server_name www.*.com; }',
    'server { server_name example.com/app; }',
    'server { server_name *example.com; }',
    'server { server_name "a.example b.example"; }',
  ],
  good: [
    'server { server_name example.com *.example.com www.example.*; }',
    'server { server_name ~^(www\\.)?example\\.com$; }',
    'server { server_name _; }',
    'server { server_name "" localhost; }',
    'server { server_name .example.com; }',
    'server { server_name $hostname 10.0.0.1 [::1]; }',
    `server { server_name \${NGINX_HOST} www.\${NGINX_HOST}; }`,
  ],
  fixable: true,
  check(at, { report }) {
    at.args.forEach((name, word) => {
      const problem = problemOf(name)
      if (problem === undefined) return
      const right = name
        .replace(/^[a-z]+:\/\//i, '')
        .replace(/[/,].*$/, '')
        .replace(/:\d*$/, '')
      const fine = right !== '' && problemOf(right) === undefined
      report(at, `“${name}” ${problem}: no request matches it`, {
        word,
        help: fine ? `write ${right}` : 'write a plain name, *.name, name.*, or ~ and a regex',
        ...(fine ? { fix: replaceArg(at, word, right) } : {}),
      })
    })
  },
}
