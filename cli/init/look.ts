// What kind of project is this folder? Looks at files only; runs nothing of the project.

import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { djangoIn } from './django.ts'
import { filesIn, foldersIn, read } from './read.ts'
import { readServerLine, type ServerLine } from './server-line.ts'
import { flaskStatic, wsgiIn } from './wsgi.ts'

export type Found =
  | { kind: 'django'; project: string; settings?: string; said: string }
  | { kind: 'wsgi'; project: string; module: string; static?: { at: string; root: string }; said: string }
  | { kind: 'static'; root: string; said: string }

export type Look = {
  app: Found | undefined
  /** uWSGI's configuration, from the folder. */
  uwsgi: string | undefined
  /** nginx configurations that name servers. */
  nginx: string[]
  /** The project's virtualenv, from the project. */
  home: string | undefined
  /** A file of environment variables that the settings need and do not read themselves, from the folder. */
  env: string | undefined
  /** How gunicorn or another server was started. */
  server: ServerLine | undefined
  /** What the reader should know and the site file does not say. */
  notes: string[]
}

/** Where people keep the application in a repository, besides its top. */
const likely = ['src', 'backend', 'server', 'api', 'app', 'web', 'site', 'project']

export function lookAt(folder: string): Look {
  const names = filesIn(folder)
  const projects = projectsOf(folder)
  const django = projects.flatMap((project) => djangoIn(folder, project) ?? [])
  const server = readServerLine(folder, names)
  const app = django[0]?.found ?? wsgiOf(folder, projects, server) ?? staticIn(folder)
  const project = app && app.kind !== 'static' ? app.project : '.'
  return {
    app,
    uwsgi: names.find((name) => /\.ini$/.test(name) && /^\s*\[uwsgi\]/m.test(read(folder, name))),
    nginx: names.filter((name) => /\.conf$|nginx/.test(name) && /^\s*server\s*\{/m.test(read(folder, name))),
    home: homeOf(folder, project),
    env: django[0]?.readsEnvironment ? envFile(folder, project) : undefined,
    server,
    notes: [
      ...(django[0]?.notes ?? []),
      ...django.slice(1).map(({ found }) => `another Django project is in ${found.project}/: not taken`),
      ...(app && app.kind !== 'static' ? frontEnds(folder) : []),
    ],
  }
}

/** The folder itself, then likely ones, then all others down to the second level. */
function projectsOf(folder: string): string[] {
  const below = foldersIn(folder)
  const rank = (name: string): number => (likely.includes(name) ? likely.indexOf(name) : likely.length)
  below.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
  const deeper = below.flatMap((name) => foldersIn(join(folder, name)).map((one) => join(name, one)))
  return ['.', ...below, ...deeper]
}

function wsgiOf(folder: string, projects: string[], server: ServerLine | undefined): Found | undefined {
  if (server?.module !== undefined) {
    const project = projects.find((one) =>
      hasModule(join(folder, one, server.chdir ?? '.'), server.module ?? ''),
    )
    if (project !== undefined) {
      const said = `a WSGI application, ${server.module}, as ${server.file} starts it`
      return { kind: 'wsgi', project: join(project, server.chdir ?? '.'), module: server.module, said }
    }
  }
  for (const project of projects.filter((one) => isRoot(folder, one))) {
    const found = wsgiIn(folder, project)
    if (!found) continue
    const files = flaskStatic(folder, project, found.file)
    const place = join(project, found.file)
    const { module, what } = found
    return { kind: 'wsgi', project, module, ...(files ? { static: files } : {}), said: `${what} in ${place}` }
  }
  return undefined
}

/** A folder that Python can start in: not inside a package, and nobody's tests. */
const isRoot = (folder: string, project: string): boolean =>
  project === '.' ||
  (!existsSync(join(folder, project, '__init__.py')) &&
    !/(^|\/)(tests?|docs?|examples?|scripts?|tools|bench\w*|migrations)(\/|$)/.test(project))

function hasModule(folder: string, module: string): boolean {
  const path = join(folder, (module.split(':')[0] as string).replaceAll('.', '/'))
  return existsSync(`${path}.py`) || existsSync(join(path, '__init__.py'))
}

function staticIn(folder: string): Found | undefined {
  const root = ['dist', 'build', 'public', '_site', '.'].find((name) =>
    existsSync(join(folder, name, 'index.html')),
  )
  return root === undefined ? undefined : { kind: 'static', root, said: `a static site in ${root}/` }
}

/** Built front ends beside an application: where they belong is the author's to say. */
function frontEnds(folder: string): string[] {
  return ['.', 'frontend', 'client', 'web', 'ui']
    .flatMap((name) => ['dist', 'build'].map((out) => join(name, out)))
    .filter((path) => existsSync(join(folder, path, 'index.html')))
    .map(
      (root) =>
        `a built front end is in ${root}/: static: [{ at: '/app/', root: '${root}', fallback: 'index.html' }] would serve it`,
    )
}

/** The folder's own or the project's; paths in the site file count from the project. */
function homeOf(folder: string, project: string): string | undefined {
  const names = ['.venv', 'venv', 'env']
  const places = [...new Set([project, '.'])].flatMap((where) => names.map((name) => join(where, name)))
  const found = places.find((path) => existsSync(join(folder, path, 'bin/python')))
  return found === undefined ? undefined : relative(project, found)
}

const envFile = (folder: string, project: string): string | undefined =>
  [...new Set([join(project, '.env'), '.env'])].find((path) => existsSync(join(folder, path)))
