// What kind of project is this folder? Looks at files only; runs nothing of the project.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

export type Found =
  | { kind: 'django'; said: string }
  | { kind: 'wsgi'; module: string; said: string }
  | { kind: 'static'; root: string; said: string }

export type Look = {
  app: Found | undefined
  /** uWSGI's configuration, from the folder. */
  uwsgi: string | undefined
  /** nginx configurations that name servers. */
  nginx: string[]
  /** The project's virtualenv, from the folder. */
  home: string | undefined
}

/** Files larger than this are not somebody's wsgi.py. */
const sourceLimit = 256 * 1024
const filesLimit = 200

export function lookAt(folder: string): Look {
  const names = filesIn(folder)
  return {
    app: djangoIn(folder) ?? wsgiIn(folder, names) ?? staticIn(folder),
    uwsgi: names.find((name) => /\.ini$/.test(name) && /^\s*\[uwsgi\]/m.test(read(folder, name))),
    nginx: names.filter((name) => /\.conf$|^nginx/.test(name) && /^\s*server\s*\{/m.test(read(folder, name))),
    home: ['.venv', 'venv', 'env'].find((name) => existsSync(join(folder, name, 'bin/python'))),
  }
}

function filesIn(folder: string): string[] {
  const here = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile())
  const below = ['deploy', 'conf', 'config', 'etc', 'nginx', 'uwsgi', 'src'].flatMap((name) => {
    const path = join(folder, name)
    return existsSync(path) && statSync(path).isDirectory()
      ? readdirSync(path, { withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(name, entry.name))
      : []
  })
  return [...here.map(({ name }) => name).sort(), ...below.sort()].slice(0, filesLimit)
}

function read(folder: string, name: string): string {
  const path = join(folder, name)
  return existsSync(path) && statSync(path).size <= sourceLimit ? readFileSync(path, 'utf8') : ''
}

function djangoIn(folder: string): Found | undefined {
  const settings = /DJANGO_SETTINGS_MODULE['"]\s*,\s*['"]([\w.]+)['"]/.exec(read(folder, 'manage.py'))
  if (!settings) return undefined
  return { kind: 'django', said: `a Django project: manage.py, settings ${settings[1]}` }
}

/** Where people put their application, most telling name first. */
const places = ['wsgi.py', 'app.py', 'application.py', 'main.py', 'server.py', 'run.py', 'test.py']

function wsgiIn(folder: string, names: string[]): Found | undefined {
  const packages = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, '__init__.py')))
    .flatMap(({ name }) => ['__init__.py', 'wsgi.py', 'app.py'].map((file) => join(name, file)))
  const others = names.filter((name) => name.endsWith('.py') && !places.includes(name) && !name.includes('/'))
  for (const name of [...places, ...packages, ...others]) {
    const callable = callableIn(read(folder, name))
    if (callable === undefined) continue
    const module = name.replace(/\/__init__\.py$|\.py$/g, '').replaceAll('/', '.')
    return { kind: 'wsgi', module: `${module}:${callable.name}`, said: `${callable.what} in ${name}` }
  }
  return undefined
}

/** A module-level WSGI callable, by how the common frameworks make one. */
export function callableIn(source: string): { name: string; what: string } | undefined {
  const made = /^(\w+)\s*(?::[^=\n]+)?=\s*(?:flask\.)?Flask\s*\(/m.exec(source)
  if (made) return { name: made[1] as string, what: `a Flask application, ${made[1]}` }
  const factory = /^def\s+(create_app|make_app)\s*\(\s*(?:\w+\s*=|\)|\*)/m.exec(source)
  if (factory) return { name: `${factory[1]}()`, what: `an application factory, ${factory[1]}()` }
  const plain = /^def\s+(\w+)\s*\(\s*(?:environ|env)\s*,\s*(?:start_response|sr|respond)\b/m.exec(source)
  if (plain) return { name: plain[1] as string, what: `a WSGI application, ${plain[1]}()` }
  const known = /^(application|app|wsgi_app)\s*(?::[^=\n]+)?=\s*\S/m.exec(source)
  return known ? { name: known[1] as string, what: `a WSGI application, ${known[1]}` } : undefined
}

function staticIn(folder: string): Found | undefined {
  const root = ['dist', 'build', 'public', '_site', '.'].find((name) =>
    existsSync(join(folder, name, 'index.html')),
  )
  return root === undefined ? undefined : { kind: 'static', root, said: `a static site in ${root}/` }
}
