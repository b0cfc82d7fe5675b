// A limit that is nowhere applied.

import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'limit-zone-unused',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  summary: 'A limit zone is defined and never applied.',
  why: 'limit_req_zone only reserves the counters. Until a location says limit_req zone=…, nothing is limited.',
  visits: ['limit_req_zone', 'limit_conn_zone'],
  bad: [
    'http { limit_req_zone $binary_remote_addr zone=login:10m rate=1r/s; server { listen 80; location /login/ { root /srv; } } }',
    'http { limit_conn_zone $binary_remote_addr zone=addr:10m; limit_req_zone $binary_remote_addr zone=r:10m rate=1r/s; server { limit_req zone=r; } }',
  ],
  good: [
    'http { limit_req_zone $binary_remote_addr zone=login:10m rate=1r/s; server { location /login/ { limit_req zone=login burst=5; } } }',
    'http { limit_conn_zone $binary_remote_addr zone=addr:10m; server { limit_conn addr 10; } }',
    'limit_req_zone $binary_remote_addr zone=login:10m rate=1r/s;',
    'http { limit_req_zone $binary_remote_addr zone=x:1m rate=1r/s; include sites.conf; }',
  ],
  check(at, { model, report }) {
    const name = at.args.map((arg) => /^zone=([^:]+)/.exec(arg)?.[1]).find((one) => one !== undefined)
    if (name === undefined || model.sites.length === 0) return
    if (
      model.all.some(
        (one) =>
          one.name === 'include' &&
          (one.node?.included ?? []).length === 0 &&
          !/[*?[]|mime\.types|_params$/.test(one.arg),
      )
    )
      return
    const users = [...model.named('limit_req'), ...model.named('limit_conn')]
    if (
      users.some((one) => one.args.some((arg) => arg === name || arg === `zone=${name}` || arg.includes('$')))
    )
      return
    report(at, `zone ${name} is never applied: nothing is limited`, {
      help:
        at.name === 'limit_req_zone'
          ? `limit_req zone=${name} burst=…; in the location it is for`
          : `limit_conn ${name} …; in the server or location it is for`,
    })
  },
}
