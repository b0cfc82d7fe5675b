// The folder of the program is served as files.

import { PASSES } from '../model/handler.ts'
import { readLocation } from '../model/location.ts'
import { isBelow, segments } from '../model/path.ts'
import type { Statement } from '../model/statement.ts'
import type { Rule } from '../rule.ts'

const PUBLIC =
  /^(?:public|public_html|html|htdocs|www|webroot|web|dist|build|static|staticfiles|static_root|assets|out|media|frontend|site|client|docroot)$/i

const isStatic = (path: string): boolean => /^\/(?:static|media)\/?$/.test(path)

/** /docs/ is /srv/docs/, and /docs/static/ is /srv/docs/static/: one folder of files, as it lies. */
function sameTree(outer: Statement, inner: Statement): boolean {
  const [above, below] = [outer, inner].map((one) =>
    one.parent?.name === 'location' ? readLocation(one.parent).path : '',
  ) as [string, string]
  return (
    segments(below).join('/') ===
    [...segments(above), ...segments(inner.arg).slice(segments(outer.arg).length)].join('/')
  )
}

/** Requests for any path can end in a file of this root. */
function serves(root: Statement): boolean {
  const block = root.parent
  if (block === undefined) return false
  if (root.name === 'alias') {
    const { modifier } = readLocation(block)
    return !block.has('internal') && (modifier === '' || modifier === '^~') && root.arg.endsWith('/')
  }
  if (block.name === 'location') {
    const { modifier, path } = readLocation(block)
    if (modifier === '=' || modifier === '@' || block.has('internal')) return false
    if (modifier === '~' || modifier === '~*') return false
    return path === '/' && filesFirst(block)
  }
  if (block.name !== 'server') return false
  const home = block
    .all('location')
    .find((one) => readLocation(one).path === '/' && ['', '^~'].includes(readLocation(one).modifier))
  return home === undefined
    ? !PASSES.some((name) => block.has(name)) && !block.has('return')
    : !home.has('root', 'alias', 'return') && filesFirst(home)
}

/** The location looks for a file, before or instead of an upstream. */
function filesFirst(location: Statement): boolean {
  const tries = location.first('try_files')
  if (tries !== undefined)
    return tries.args.slice(0, -1).some((arg) => /\$(?:request_filename|\{?uri)/.test(arg))
  if (location.all('if').some((one) => /!?-[fe]/.test(one.args.join(' ')))) return true
  return !PASSES.some((name) => location.has(name))
}

export const rule: Rule = {
  name: 'project-root-served',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'security',
  summary: 'The folder of the program itself is served as files.',
  why: 'root is the folder that holds static/ and media/ (or the socket): settings.py, .env, db.sqlite3 and .git lie beside them and can be downloaded. Serve only the folder with the public files.',
  visits: ['root', 'alias'],
  bad: [
    'server { root /srv/mysite; location /static/ { alias /srv/mysite/static/; } location / { try_files $uri @app; } location @app { uwsgi_pass unix:/run/a.sock; } }',
    'server { root /home/django/site; location / { try_files $uri @app; } location @app { uwsgi_pass unix:/home/django/site/app.sock; } }',
    'server { location / { root /srv/mysite; try_files $uri @app; } location /media/ { alias /srv/mysite/media/; } location @app { proxy_pass http://127.0.0.1:8000; } }',
    'server { root /srv/mysite; location /static/ { alias /srv/mysite/static/; } location /api/ { uwsgi_pass unix:/run/a.sock; } }',
    'server { location /files/ { alias /srv/mysite/; } location /static/ { alias /srv/mysite/static/; } location / { uwsgi_pass unix:/run/a.sock; } }',
  ],
  good: [
    'server { root /srv/mysite/public; location /static/ { alias /srv/mysite/static/; } location / { try_files $uri @app; } location @app { uwsgi_pass unix:/run/a.sock; } }',
    'server { location /static/ { root /srv/mysite; } location / { uwsgi_pass unix:/run/a.sock; } }',
    'server { root /srv/mysite; location /static/ { alias /srv/mysite/static/; } location / { uwsgi_pass unix:/run/a.sock; } }',
    'server { location /media/ { alias /srv/mysite/media/; } location /static/ { alias /srv/mysite/media/static/; } location / { uwsgi_pass unix:/run/a.sock; } }',
    'server { location /docs/ { alias /srv/docs/; } location /docs/static/ { alias /srv/docs/static/; } location / { uwsgi_pass unix:/run/a.sock; } }',
    'server { root /var/www/html; location / { try_files $uri =404; } }',
  ],
  check(at, { report }) {
    const server = at.within('server')
    if (server === undefined || at.arg.includes('$') || !serves(at)) return
    const own = segments(at.arg).at(-1) ?? ''
    if (/^manage\.py$/.test(own)) return
    const passes = server.below().filter((one) => (PASSES as readonly string[]).includes(one.name))
    if (passes.length === 0 && !/(?:django|flask|manage\.py|wsgi)/i.test(at.arg)) return
    const inside = server.below().find((one) => {
      if (one.name === 'alias')
        return (
          isBelow(one.arg, at.arg) &&
          !(at.name === 'alias' && sameTree(at, one)) &&
          /^(?:static|media|staticfiles|assets|uploads|static_root|collected\w*|collectstatic|files)/i.test(
            segments(one.arg).at(-1) ?? '',
          )
        )
      if (one.name === 'location' && !PUBLIC.test(own)) {
        return (
          isStatic(readLocation(one).path) &&
          !one.has('alias', ...PASSES) &&
          one.effective('root')?.arg === at.arg &&
          one.node !== undefined
        )
      }
      if (one.name.endsWith('_pass')) return isBelow(/unix:([^:]+)/.exec(one.arg)?.[1] ?? '', at.arg)
      return (
        one.name === 'include' &&
        /uwsgi_params$/.test(one.arg) &&
        one.arg.startsWith('/') &&
        isBelow(one.arg, at.arg)
      )
    })
    if (inside === undefined || (PUBLIC.test(own) && inside.name === 'alias')) return
    report(
      at,
      `${at.arg} also holds ${inside.name === 'alias' ? 'the program around' : ''} ${inside.arg.replace(/^unix:|^http:\/\/unix:/, '')}: settings, database and .git can be downloaded`.replace(
        '  ',
        ' ',
      ),
      {
        word: 0,
        help: 'point root at a folder with nothing but public files (STATIC_ROOT), or drop it and use alias',
      },
    )
  },
}
