// The files of a project, within limits: what is larger or deeper is not what `init` looks for.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Files larger than this are not somebody's wsgi.py. */
const sourceLimit = 256 * 1024
const filesLimit = 200
const foldersLimit = 100

/** Nobody's own code, or made by a build. */
const strange =
  /^(\.|node_modules$|__pycache__$|site-packages$|(?:\.?v)?env$|venv|static|media|out$|dist$|build$)/

/** Folders directly below that may hold a project. */
export function foldersIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !strange.test(entry.name))
    .map(({ name }) => name)
    .sort()
    .slice(0, foldersLimit)
}

/** Files of the folder and of those below it that hold configuration, by their path from it. */
export function filesIn(folder: string): string[] {
  const here = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile())
  const places = ['deploy', 'deployment', 'conf', 'config', 'docker', 'etc', 'nginx', 'ops', 'uwsgi', 'src']
  const below = [...places, ...places.map((name) => join(name, 'nginx'))].flatMap((name) => {
    const path = join(folder, name)
    return existsSync(path) && statSync(path).isDirectory()
      ? readdirSync(path, { withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(name, entry.name))
      : []
  })
  return [...here.map(({ name }) => name).sort(), ...below.sort()].slice(0, filesLimit)
}

/** Empty when it is not there, no file, or too large. */
export function read(folder: string, name: string): string {
  const path = join(folder, name)
  if (!existsSync(path)) return ''
  const facts = statSync(path)
  return facts.isFile() && facts.size <= sourceLimit ? readFileSync(path, 'utf8') : ''
}
