// Which programs postern needs from the system, how to tell that they are there, and which Debian package brings them.
// Facts and probes only; installing is install.mjs's. Plain JavaScript: it runs before `npm ci`.

import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Debian puts nginx into /usr/sbin, which an ordinary user's PATH lacks. */
export const searchPath = [
  ...(process.env.PATH ?? '').split(delimiter),
  '/usr/sbin',
  '/usr/local/sbin',
  '/usr/bin',
]

export const which = (name) => searchPath.map((dir) => join(dir, name)).find((path) => existsSync(path))

const answers = (file, args) => {
  try {
    execFileSync(file, args, { stdio: 'ignore', timeout: 20_000 })
    return true
  } catch {
    return false
  }
}

/** The first interpreter that can import `module`: $POSTERN_PYTHON, then PATH's, then the system's own. */
export function pythonWith(module) {
  const candidates = [
    process.env.POSTERN_PYTHON,
    which('python3'),
    '/usr/bin/python3',
    '/usr/local/bin/python3',
  ]
  return [...new Set(candidates)].find(
    (path) => path && existsSync(path) && answers(path, ['-c', `import ${module}`]),
  )
}

function hasNjsModule() {
  const folders = [
    '/usr/lib/nginx/modules',
    '/usr/lib64/nginx/modules',
    '/usr/local/libexec/nginx',
    '/etc/nginx/modules',
  ]
  return folders.some((dir) => existsSync(dir) && readdirSync(dir).includes('ngx_http_js_module.so'))
}

/** Debian's Django leaves jQuery, which its admin needs, to a package that it only recommends. */
function hasJquery() {
  if (existsSync('/usr/share/javascript/jquery/jquery.js')) return true
  const python = pythonWith('django')
  return python !== undefined && !existsSync('/usr/lib/python3/dist-packages/django')
}

/** What the product and the demo need. */
export const needed = [
  { what: 'nginx', package: 'nginx', present: () => which('nginx') !== undefined },
  { what: 'njs module for nginx', package: 'libnginx-mod-http-js', present: hasNjsModule },
  { what: 'njs command', package: 'njs', present: () => which('njs') !== undefined },
  { what: 'Python 3', package: 'python3', present: () => which('python3') !== undefined },
  { what: 'Django', package: 'python3-django', present: () => pythonWith('django') !== undefined },
  { what: 'jQuery for Django’s admin', package: 'libjs-jquery', present: hasJquery },
]

/** What only the tests need: other applications, the servers we compare with, a browser. */
export const neededForTests = [
  ...needed,
  { what: 'curl', package: 'curl', present: () => which('curl') !== undefined },
  { what: 'openssl', package: 'openssl', present: () => which('openssl') !== undefined },
  {
    what: 'brotli module for nginx',
    package: 'libnginx-mod-http-brotli-static',
    present: () =>
      existsSync('/usr/lib/nginx/modules/ngx_http_brotli_static_module.so') ||
      !existsSync('/usr/lib/nginx/modules'),
  },
  { what: 'Flask', package: 'python3-flask', present: () => pythonWith('flask') !== undefined },
  { what: 'Bottle', package: 'python3-bottle', present: () => pythonWith('bottle') !== undefined },
  { what: 'gunicorn', package: 'gunicorn', present: () => which('gunicorn') !== undefined },
  { what: 'uWSGI', package: 'uwsgi-core', present: () => which('uwsgi') !== undefined },
  {
    what: 'uWSGI’s Python plugin',
    package: 'uwsgi-plugin-python3',
    present: () =>
      existsSync('/usr/lib/uwsgi/plugins/python3_plugin.so') ||
      (existsSync('/usr/lib/uwsgi/plugins') === false && which('uwsgi') !== undefined),
  },
  {
    what: 'Chromium',
    package: 'chromium',
    present: () => which('chromium') !== undefined || which('google-chrome') !== undefined,
  },
]

/** What only `npm run bench` needs. */
export const neededForBench = [
  ...neededForTests,
  { what: 'wrk', package: 'wrk', present: () => which('wrk') !== undefined },
  { what: 'strace', package: 'strace', present: () => which('strace') !== undefined },
]
