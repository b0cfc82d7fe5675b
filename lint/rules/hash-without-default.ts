// map and geo without a default.

import type { Model } from '../model/model.ts'
import type { Statement } from '../model/statement.ts'
import { variablesOf } from '../model/value.ts'
import type { Rule } from '../rule.ts'

/** Places where an empty value means “nothing here”: no header, no limit, no log line. */
const QUIET = new Set([
  'add_header',
  'add_trailer',
  'more_set_headers',
  'limit_req_zone',
  'limit_conn_zone',
  'access_log',
  'log_format',
  'proxy_set_header',
  'expires',
])

function emptyIsMeant(table: Statement, model: Model): boolean {
  if (/^\$\{?(?:sent_http|upstream_http)_/i.test(table.arg)) return true
  const made = (table.args.at(-1) ?? '').replace(/[${}]/g, '').toLowerCase()
  const users = model.all.filter((one) =>
    one.args.some((arg) => arg.includes('$') && one !== table && variablesOf(arg).includes(made)),
  )
  return users.length > 0 && users.every((one) => QUIET.has(one.name))
}

export const rule: Rule = {
  name: 'hash-without-default',
  severity: 'info',
  confidence: 'medium',
  since: '0.1.0',
  topic: 'correctness',
  alias: ['gixy: hash_without_default'],
  summary: 'A map or geo block does not say what everything else becomes.',
  why: 'What matches nothing becomes the empty string. Where the variable decides about access, routing or limits, that is seldom what was meant; an explicit default says so.',
  visits: ['map', 'geo'],
  bad: [
    'map $uri $admin { /admin 1; /admin/ 1; }',
    'geo $blocked { 192.0.2.0/24 1; }',
    'geo $remote_addr $zone { 10.0.0.0/8 lan; 192.0.2.0/24 wan; }',
  ],
  good: [
    'map $sent_http_content_type $cors { ~*image/ "*"; ~*font/ "*"; }',
    'map $uri $admin { default 0; /admin 1; /admin/ 1; }',
    'map $uri $key { ~^/api $binary_remote_addr; }',
    'geo $blocked { default 0; 192.0.2.0/24 1; }',
    'map $http_host $name { hostnames; default 0; example.com 1; *.example.com 2; }',
    'geo $x { 0.0.0.0/0 a; ::/0 a; }',
  ],
  check(at, { model, report }) {
    if (!at.isBlock || at.entries.some((entry) => entry.name === 'default' || entry.name === 'include'))
      return
    if (at.name === 'geo' && at.entries.some((entry) => entry.name === '0.0.0.0/0')) return
    const rows = at.entries.filter((entry) => entry.args.length > 0)
    if (rows.length < (at.name === 'map' ? 2 : 1) || (model.tree.whole && !model.isOpen(at))) return
    // A pattern that matches everything is a default by another name.
    if (rows.some((entry) => /^~\*?(?:\^?\.[*+]\$?|\^|\$|)$/.test(entry.name))) return
    if (emptyIsMeant(at, model)) return
    report(at, `${at.args.at(-1)} is empty for everything that is not listed`, {
      help: 'add a `default` line; `default "";` if empty is what you mean',
    })
  },
}
