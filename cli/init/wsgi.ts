// A WSGI application in a folder: which file, which callable, and Flask's folder of static files.

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { read } from './read.ts'

/** Where people put their application, most telling name first. */
const places = ['wsgi.py', 'app.py', 'application.py', 'main.py', 'server.py', 'run.py', 'test.py']

export function wsgiIn(
  folder: string,
  project: string,
): { module: string; what: string; file: string } | undefined {
  const where = join(folder, project)
  const entries = readdirSync(where, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  const packages = entries
    .filter((entry) => entry.isDirectory() && existsSync(join(where, entry.name, '__init__.py')))
    .flatMap(({ name }) => ['wsgi.py', '__init__.py', 'app.py', 'main.py'].map((file) => join(name, file)))
  const others = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.py') && !places.includes(entry.name))
    .map(({ name }) => name)
  for (const file of [...places, ...packages, ...others]) {
    const callable = callableIn(read(where, file))
    if (callable === undefined) continue
    const module = file.replace(/\/__init__\.py$|\.py$/g, '').replaceAll('/', '.')
    // Python could not import it by that name: my-app.py, 2024.py.
    if (!/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(module)) continue
    return { module: `${module}:${callable.name}`, what: callable.what, file }
  }
  return undefined
}

/** A module-level WSGI callable, by how the common frameworks make one. */
export function callableIn(source: string): { name: string; what: string } | undefined {
  const made = /^(\w+)\s*(?::[^=\n]+)?=\s*(?:flask\.)?Flask\s*\(/m.exec(source)
  if (made) return { name: made[1] as string, what: `a Flask application, ${made[1]}` }
  const factory = /^def\s+(create_app|make_app)\s*\(\s*(?:\w+\s*(?::[^=,)]+)?=|\)|\*)/m.exec(source)
  if (factory) return { name: `${factory[1]}()`, what: `an application factory, ${factory[1]}()` }
  const plain = /^def\s+(\w+)\s*\(\s*(?:environ|env)\s*,\s*(?:start_response|sr|respond)\b/m.exec(source)
  if (plain) return { name: plain[1] as string, what: `a WSGI application, ${plain[1]}()` }
  const known = /^(application|app|wsgi_app)\s*(?::[^=\n]+)?=\s*\S/m.exec(source)
  if (known) return { name: known[1] as string, what: `a WSGI application, ${known[1]}` }
  const imported = /^from\s+[\w.]+\s+import\s+(?:.*\bas\s+)?(application|app)\s*(?:#.*)?$/m.exec(source)
  return imported ? { name: imported[1] as string, what: `a WSGI application, ${imported[1]}` } : undefined
}

/** Flask serves static/ beside the application under /static/, unless told otherwise: nginx can do that. */
export function flaskStatic(
  folder: string,
  project: string,
  file: string,
): { at: string; root: string } | undefined {
  const made = /\bFlask\s*\(([^)]*)\)/.exec(read(join(folder, project), file))
  if (!made || /static_(folder|url_path)/.test(made[1] as string)) return undefined
  const root = join(project, file, '../static')
  return existsSync(join(folder, root)) ? { at: '/static/', root } : undefined
}
