// Where a request is passed on to: may the client choose the address?

import { holds } from '../model/chars.ts'
import { isInternal } from '../model/handler.ts'
import type { Statement } from '../model/statement.ts'
import type { Scope } from '../model/taint/flow.ts'
import { freeOf } from '../model/taint/taint.ts'
import { pieces } from '../model/value.ts'
import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'ssrf',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'security',
  alias: [
    'gixy: ssrf',
    'semgrep: dynamic-proxy-host',
    'semgrep: dynamic-proxy-scheme',
    'semgrep: missing-internal',
  ],
  summary: 'The client chooses the server that a request is passed on to.',
  why: 'With a host taken from the request, nginx becomes a proxy into your network: metadata services, admin pages and databases that only this machine can reach.',
  visits: ['proxy_pass', 'uwsgi_pass', 'fastcgi_pass', 'scgi_pass', 'grpc_pass', 'memcached_pass'],
  bad: [
    'location ~ ^/proxy/(?<target>.*)$ { proxy_pass http://$target; }',
    'location ~* ^/(https?)://([^/]+)/(.*)$ { proxy_pass $1://$2/$3; }',
    'location / { proxy_pass http://$host$request_uri; }',
    'location / { proxy_pass http://$arg_backend; }',
    'location / { uwsgi_pass $http_x_upstream; }',
    'location ~ ^/x/(?<n>.*)$ { set $b unix:/run/$n.sock; uwsgi_pass $b; }',
    'location ~ ^/x(.*)$ { proxy_pass http://backend$1; }',
    'geo $prefix { 10.0.0.0/8 "/own/"; } server { location / { proxy_pass http://app$prefix$arg_x; } }',
    'location / { set $up "http://$arg_host/"; proxy_pass $up; }',
    'map $http_x_backend $target { default $http_x_backend; a 10.0.0.1; } server { location / { proxy_pass http://$target; } }',
  ],
  good: [
    'location ~ ^/proxy/(?<target>.*)$ { internal; proxy_pass http://$target; }',
    'location / { proxy_pass http://backend$request_uri; }',
    'location ~ ^/files/(.*)$ { proxy_pass http://storage/$1; }',
    'location ~ ^/(api|web)/ { proxy_pass http://$1.internal; }',
    'map $arg_target $up { default 10.0.0.1:80; two 10.0.0.2:80; } server { location / { proxy_pass http://$up; } }',
    'location / { if ($arg_host !~ "^(?:a|b)\\.example\\.com$") { return 403; } proxy_pass http://$arg_host; }',
    'location / { set $backend http://app.internal:8000; proxy_pass $backend; }',
    'location / { proxy_pass $scheme://backend; }',
    'location / { set $up "http://app$request_uri"; proxy_pass $up; }',
    'map $host $up { default one.internal; "~^(?<n>[a-z]+)\\.b$" $n.internal; } server { location / { proxy_pass http://$up; } }',
    'location ~ ^/app(?<rest>/.*)$ { proxy_pass http://app$rest; }',
    'map $arg_n $up { default 10.0.0.1; "~^(?<n>[0-9])$" 10.0.0.$n; } server { location / { proxy_pass http://$up; } }',
    'geo $prefix { proxy 192.0.2.1; default "/all/"; 10.0.0.0/8 "/own/"; } server { location / { proxy_pass http://app$prefix$arg_x; } }',
  ],
  check(at, { model, report }) {
    const location = at.within('location')
    if (location !== undefined && isInternal(location)) return
    const value = opened(at.arg, at, model.scope)
    if (!value.includes('$')) return
    // Judge until the host is certainly over: a slash behind the scheme, or a variable that begins with one.
    const afterScheme = value.replace(/^[a-z]+:\/\//i, '')
    let host = ''
    for (const piece of pieces(afterScheme)) {
      if ('text' in piece) {
        const afterColon = piece.text.startsWith('://')
        if (afterColon) host = ''
        const text = afterColon ? piece.text.slice(3) : piece.text
        if (text.includes('/') || text.includes('?')) return
        host += text
        continue
      }
      if (/^(request_uri|uri|document_uri|is_args)$/.test(piece.variable)) return
      const taint = model.taint(piece.variable, at)
      if (taint.texts?.every((text) => text.startsWith('/') || text.startsWith('?')) === true) return
      if (taint.slash) return
      const free = freeOf(taint)
      const dangerous =
        taint.client &&
        taint.texts === undefined &&
        (holds(free, '.') ||
          (host === '' && !taint.part && holds(free, 'a') && wholeHost(afterScheme, piece.variable)))
      if (dangerous) {
        report(at, `the address depends on $${piece.variable}, which the client chooses`, {
          word: 0,
          help: 'choose the upstream with a map that lists every allowed value, or mark the location `internal`',
          confidence: piece.variable === 'host' ? 'medium' : 'high',
        })
        return
      }
      host += `$${piece.variable}`
    }
  },
}

/** `set $up "http://app$request_uri"; proxy_pass $up;` is judged as what it stands for. */
function opened(value: string, at: Statement, scope: Scope): string {
  return pieces(value)
    .map((piece) => {
      if ('text' in piece) return piece.text
      const sets = (scope.sets.get(piece.variable) ?? []).filter(
        (set) => set.within('server') === at.within('server'),
      )
      const made = sets.length === 1 && !scope.tables.has(piece.variable) ? (sets[0]?.args[1] ?? '') : ''
      return made.includes('/') && !made.startsWith('unix:') ? made : `\${${piece.variable}}`
    })
    .join('')
}

/** The variable is the whole host: `$x`, `$x:80`, `$x/path`. */
function wholeHost(rest: string, variable: string): boolean {
  return new RegExp(`^\\$\\{?${variable}\\}?(?:[:/$]|$)`, 'i').test(rest)
}
