// A pass with a variable whose names nobody can resolve.

import { pieces } from '../model/value.ts'
import type { Rule } from '../rule.ts'

const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]+\]|unix:.*)(?::\d+)?$/i

export const rule: Rule = {
  name: 'variable-upstream-no-resolver',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'proxy',
  alias: ['gixy: missing_resolver'],
  summary: 'The address of a pass contains a variable, and there is no resolver.',
  why: 'With a variable anywhere in it, nginx looks the name up while it runs, and only through `resolver`; /etc/hosts and the system’s DNS do not count. Every request ends in 502, “no resolver defined to resolve …”.',
  visits: ['proxy_pass', 'uwsgi_pass', 'fastcgi_pass', 'scgi_pass', 'grpc_pass', 'memcached_pass'],
  bad: [
    'http { map $cookie_v $be { default web; beta beta; } server { location / { proxy_pass http://$be; } } }',
    'http { server { location / { set $up http://app.internal:8000; proxy_pass $up; } } }',
    'http { server { location / { proxy_pass http://app.example.com$request_uri; } } }',
    'http { map $http_x $up { default app1.internal:8000; b app2.internal:8000; } server { location / { uwsgi_pass $up; } } }',
  ],
  good: [
    'http { upstream web { server 10.0.0.1; } map $cookie_v $be { default web; } server { location / { proxy_pass http://$be; } } }',
    'http { resolver 127.0.0.53; server { location / { set $up http://app.internal:8000; proxy_pass $up; } } }',
    'http { upstream app { server 10.0.0.1:8000; } server { location / { proxy_pass http://app$request_uri; } } }',
    'http { server { location / { set $up 127.0.0.1:8000; uwsgi_pass $up; } } }',
    'http { server { location / { set $up unix:/run/app.sock; uwsgi_pass $up; } } }',
    'http { upstream blue { server 10.0.0.1; } upstream green { server 10.0.0.2; } map $cookie_c $pool { default blue; g green; } server { location / { proxy_pass http://$pool; } } }',
    'http { server { location / { proxy_pass http://app.example.com; } } }',
  ],
  check(at, { model, report }) {
    if (!at.arg.includes('$') || at.parent?.effective('resolver') !== undefined) return
    const hosts = hostsOf(at.arg, (variable) => model.taint(variable, at).texts)
    if (hosts === undefined) return
    const missing = hosts.find((host) => {
      const name = host.replace(/:\d+$/, '')
      if (host === '' || ADDRESS.test(host) || ADDRESS.test(name)) return false
      if (model.upstream(name) !== undefined || model.upstream(host) !== undefined) return false
      // In a fragment, a name without dots may be an upstream of another file.
      return (
        model.tree.whole || name.includes('.') || model.named('upstream').length > 0 || /:\d+$/.test(host)
      )
    })
    if (missing === undefined) return
    report(at, `${missing} has to be looked up for every request, and no resolver is set`, {
      word: 0,
      help: 'resolver 127.0.0.53; (or the address of your DNS), or an upstream block of that name',
    })
  },
}

/** Every host that the value can come down to; undefined when it cannot be told. */
function hostsOf(value: string, textsOf: (variable: string) => string[] | undefined): string[] | undefined {
  let texts = ['']
  for (const piece of pieces(value)) {
    // Once a path has begun everywhere, the host is over.
    if (texts.every((text) => /^(?:[a-z]+:\/\/[^/]+|(?![a-z]+:\/\/)[^/]+)\//i.test(text))) break
    if ('text' in piece) texts = texts.map((text) => text + piece.text)
    else if (/^(?:request_uri|uri|document_uri|is_args|args)$/.test(piece.variable))
      texts = texts.map((text) => `${text}/`)
    else {
      const more = piece.variable === 'scheme' ? ['http'] : textsOf(piece.variable)
      if (more === undefined || more.length * texts.length > 64) return undefined
      texts = texts.flatMap((text) => more.map((end) => text + end))
    }
  }
  return texts.map((text) => {
    const rest = text.replace(/^[a-z]+:\/\//i, '')
    return rest.startsWith('unix:') ? rest : (rest.split(/[/?]/)[0] ?? '')
  })
}
