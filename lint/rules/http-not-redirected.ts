// The same site over http and https, without a way from one to the other.

import { readLocation } from '../model/location.ts'
import { sharesName } from '../model/site.ts'
import type { Statement } from '../model/statement.ts'
import type { Rule } from '../rule.ts'

const HTTPS = /^(?:https:\/\/|\$redirect|\$https)/i

/** Somewhere the server sends its visitors to https. */
function redirects(server: Statement): boolean {
  const answers = (block: Statement): boolean =>
    block
      .all('return')
      .some((one) =>
        /^(?:30[1278]|444|403|404|410|421|426)$/.test(one.arg)
          ? one.args.length === 1 || HTTPS.test(one.args[1] ?? '') || !/^4/.test(one.arg)
          : HTTPS.test(one.arg),
      ) || block.all('rewrite').some((one) => HTTPS.test(one.args[1] ?? ''))
  if (answers(server) || server.all('if').some(answers)) return true
  const home = server
    .all('location')
    .filter((one) => /^\/?$|^\^?\/?(?:\.\*)?\$?$|^\^$/.test(readLocation(one).path))
  return home.some(
    (one) =>
      answers(one) || one.all('if').some(answers) || (one.all('error_page').length > 0 && one.has('return')),
  )
}

export const rule: Rule = {
  name: 'http-not-redirected',
  severity: 'info',
  confidence: 'high',
  since: '0.1.0',
  topic: 'tls',
  summary: 'The site is served over plain http as well as over https.',
  why: 'Visitors who type the name stay on http: passwords and session cookies go over the wire in the clear although a certificate is there.',
  visits: [''],
  bad: [
    'http { server { listen 80; server_name a.example; root /srv; } server { listen 443 ssl; server_name a.example; root /srv; } }',
    'server { listen 80; listen 443 ssl; server_name a.example; root /srv; }',
  ],
  good: [
    'http { server { listen 80; server_name a.example; return 301 https://$host$request_uri; } server { listen 443 ssl; server_name a.example; root /srv; } }',
    'http { server { listen 80; server_name a.example; location / { return 301 https://$host$request_uri; } } server { listen 443 ssl; server_name a.example; root /srv; } }',
    'server { listen 80; listen 443 ssl; server_name a.example; if ($scheme = http) { return 301 https://$host$request_uri; } root /srv; }',
    'http { server { listen 80; server_name b.example; root /srv; } server { listen 443 ssl; server_name a.example; root /srv; } }',
    'server { listen 127.0.0.1:80; listen 127.0.0.1:443 ssl; server_name a.example; root /srv; }',
  ],
  check(_root, { model, report }) {
    for (const site of model.sites) {
      if (site.module !== 'http' || !site.plain || !site.open || redirects(site.server)) continue
      const plain = site.listens.find((one) => !one.ssl && one.port === 80)
      if (plain === undefined) continue
      const twin = site.tls
        ? site
        : model.sites.find(
            (other) => other !== site && other.tls && other.module === 'http' && sharesName(site, other),
          )
      if (twin === undefined || (site.names.length === 0 && twin !== site)) continue
      report(
        plain.at,
        `${site.names[0] ?? 'this server'} is served over http as well: nothing sends visitors to https`,
        { help: 'a server of its own for port 80: return 301 https://$host$request_uri;' },
      )
    }
  },
}
