// A redirect to where the request already is.

import { redirectTarget } from '../model/handler.ts'
import { locate, readLocation } from '../model/location.ts'
import type { Site } from '../model/site.ts'
import type { Statement } from '../model/statement.ts'
import { readCondition } from '../model/value.ts'
import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'redirect-loop',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  summary: 'A redirect leads back to itself.',
  why: 'The target has the scheme, the name and the path that got the redirect: the browser gives up with ERR_TOO_MANY_REDIRECTS.',
  visits: ['return', 'rewrite'],
  bad: [
    'server { listen 443 ssl; server_name a.example; if ($host = a.example) { return 301 https://a.example$request_uri; } }',
    'server { listen 80; listen 443 ssl; server_name a.example; if ($scheme = https) { return 301 https://$host$request_uri; } }',
    'server { listen 443 ssl; server_name a.example; return 301 https://$host$request_uri; }',
    'server { listen 80; server_name a.example www.a.example; return 301 http://a.example$request_uri; }',
    'server { listen 80; listen 443 ssl; server_name a.example; return 301 https://a.example$request_uri; }',
    'server { listen 80; server_name a.example; location / { return 301 $scheme://$host$request_uri; } }',
    'server { listen 80; server_name a.example; location / { return 302 /login/; } }',
    'server { listen 443 ssl; server_name a.example; rewrite ^ https://a.example$request_uri permanent; }',
  ],
  good: [
    'server { listen 443 ssl; server_name a.example www.a.example; if ($host = www.a.example) { return 301 https://a.example$request_uri; } root /srv; }',
    'server { listen 80; server_name a.example; if ($host = a.example) { return 301 https://$host$request_uri; } return 404; }',
    'server { listen 80; server_name a.example; return 301 https://$host$request_uri; }',
    'server { listen 443 ssl; server_name www.a.example; return 301 https://a.example$request_uri; }',
    'server { listen 80; listen 443 ssl; server_name a.example; if ($scheme = http) { return 301 https://a.example$request_uri; } }',
    'server { listen 80; server_name a.example; location = / { return 302 /login/; } location / { root /srv; } }',
    'server { listen 80; server_name a.example; location / { return 302 /login/; } location /login/ { root /srv; } }',
    'server { listen 80; server_name _; return 301 https://a.example$request_uri; }',
    'server { listen 443 ssl; server_name ~^www\\.(?<name>.+)$; return 301 https://$name$request_uri; }',
  ],
  check(at, { model, report }) {
    const site = model.siteOf(at)
    const block = at.parent
    if (site === undefined || block === undefined) return
    if (block.name === 'if') return conditional(at, block, site, report)
    if (block.name !== 'server' && block.name !== 'location') return
    // A condition before it may have taken the other requests away.
    if (
      at.name === 'rewrite' &&
      block.name === 'server' &&
      block.all('if').some((one) => one.index < at.index && one.has('return', 'rewrite', 'break'))
    )
      return
    const target = at.name === 'return' ? redirectTarget(at) : rewriteTarget(at)
    if (target === undefined) return
    const parts =
      /^(?:(https?|\$scheme):\/\/((?:[^/$?]|\$(?!\{?(?:request_uri|uri|document_uri|is_args|args|[1-9])\b)\{?\w+\}?)*))?(.*)$/i.exec(
        target.target,
      )
    if (parts === null) return
    const [, scheme, host = '', rest = ''] = parts
    if (
      scheme !== undefined &&
      !(sameScheme(scheme.toLowerCase(), site) && sameHost(host.toLowerCase(), site))
    )
      return
    if (scheme === undefined && !rest.startsWith('/')) return
    if (!comesBack(block, rest, scheme === undefined)) return
    report(at, `${target.target} leads back here`, {
      word: target.word,
      help: 'give the redirect a server or location of its own, or ask for $scheme first',
    })
  },
}

/** `if ($host = a) { return 301 https://a…; }`, `if ($scheme = https) { return 301 https://$host…; }`. */
function conditional(
  at: Statement,
  block: Statement,
  site: Site,
  report: Parameters<Rule['check']>[1]['report'],
): void {
  const test = readCondition(block.args)
  const target = at.name === 'return' ? redirectTarget(at) : rewriteTarget(at)
  const parts =
    target === undefined
      ? null
      : /^(https?|\$scheme):\/\/([^/$?]+|\$(?:http_)?host)(\$request_uri|\$uri.*|\/?\$1)$/i.exec(
          target.target,
        )
  if (test === undefined || target === undefined || parts === null || test.operator !== '=') return
  const [, scheme = '', host = ''] = parts
  const own = /^\$(?:http_)?host$/i.test(host)
  const byHost =
    /^\$(?:http_)?host$/i.test(test.subject) &&
    (own || host.toLowerCase() === test.value.toLowerCase()) &&
    sameScheme(scheme.toLowerCase(), site) &&
    !(scheme === 'https' && site.plain)
  const byScheme =
    test.subject.toLowerCase() === '$scheme' &&
    test.value === scheme.toLowerCase() &&
    (own || site.names.includes(host.toLowerCase()))
  if (byHost || byScheme)
    report(at, `${target.target} leads back here`, {
      word: target.word,
      help: 'turn the condition round, or redirect to another name or scheme',
    })
}

const rewriteTarget = (at: Statement): { target: string; word: number } | undefined =>
  /^(?:\^|\.\*|\^\.\*\$?|\^\(\.\*\)\$?|\^\/\(\.\*\)\$?)$/.test(at.arg) &&
  /^(?:https?:\/\/|\$scheme)/i.test(at.args[1] ?? '')
    ? { target: at.args[1] ?? '', word: 1 }
    : undefined

function sameScheme(scheme: string, site: Site): boolean {
  if (scheme === '$scheme') return true
  const standard = (port: number): boolean => site.listens.some((one) => one.port === port)
  return scheme === 'https' ? site.tls && standard(443) : site.plain && standard(80)
}

function sameHost(host: string, site: Site): boolean {
  if (/^\$\{?(?:host|http_host)\}?$/.test(host)) return true
  if (/^\$\{?server_name\}?$/.test(host)) return site.names.length > 0 && site.names[0] !== '_'
  return site.names.includes(host)
}

/** The path of the target is answered by the same block again. */
function comesBack(block: Statement, rest: string, relative: boolean): boolean {
  const keeps =
    /^\$\{?(?:request_uri|uri|document_uri)\}?(?:\$is_args\$args|\?\$args|\?)?$/.test(rest) ||
    /^\/?\$1$/.test(rest)
  if (keeps) return true
  if (rest.includes('$')) return false
  const path = rest.replace(/[?#].*$/, '') || '/'
  if (block.name === 'server') return !relative || block.has('return')
  const { modifier } = readLocation(block)
  if (modifier === '=' || modifier === '@') return modifier === '=' && readLocation(block).path === path
  const server = block.within('server')
  return server !== undefined && !server.assumed && locate(server, path) === block
}
