// What can be seen to be wrong without starting anything: directories and files that are not there, nothing to listen
// on, no application. Looks at the disk through the World only.

import { isAbsolute, join } from 'node:path'
import { PosternError } from '../errors.ts'
import type { GatewayOptions } from '../gateway/options.ts'
import type { Problem, World } from './entry.ts'
import type { Translation } from './translate.ts'
import { verifyPlaces } from './verify-places.ts'

/** `%(method)` and the like are for the logger here. */
const hasOwnNames = /^(log|req-log|route|.*-route)/

/** More problems, with the places of the options they are about. `whole`: nothing will be added to this configuration. */
export function verify(
  { options: right, understood: options, draft, outcomes }: Translation,
  world: World,
  { whole = true } = {},
): Problem[] {
  if (options === undefined) return []
  const found: Problem[] = []
  const tell = (severity: Problem['severity'], option: string, text: string, remedy: string) => {
    const place = draft.places.get(option)?.place
    const error = new PosternError('UWSGI_NOTE', { text, remedy }, place ? { place } : {})
    found.push({ severity, error })
  }
  const folder = options.chdir ?? world.cwd
  if (options.chdir !== undefined && !world.isDirectory(options.chdir)) {
    tell('error', 'chdir', `chdir: there is no directory ${options.chdir}`, 'check the path')
  }
  const file = options['wsgi-file']
  if (file !== undefined && !world.isFile(isAbsolute(file) ? file : join(folder, file))) {
    tell('error', 'wsgi-file', `wsgi-file: there is no file ${file} in ${folder}`, 'it is relative to chdir')
  }
  if (options.home !== undefined && !world.isFile(join(options.home, 'bin/python'))) {
    tell(
      'error',
      'home',
      world.isFile(join(options.home, 'pyvenv.cfg'))
        ? `home: the interpreter of the virtualenv ${options.home} is gone: bin/python leads nowhere`
        : `home: ${options.home} is no virtualenv: it has no bin/python`,
      'python -m venv makes one, also over an old one (--clear) after the system has a newer Python',
    )
  }
  found.push(...verifyPlaces(options, draft, world))
  for (const pair of [...options['static-map'], ...options['static-map2']]) {
    const path = pair.slice(pair.indexOf('=') + 1)
    if (!world.exists(path))
      tell('warning', 'static-map', `static-map: there is no ${path}`, 'collectstatic makes it?')
  }
  for (const { key, place } of draft.onlyNginx) {
    const text = `${key} is nginx’s: it holds in the generated site, not when the gateway itself is asked`
    const remedy = '`postern migrate` writes the site'
    found.push({ severity: 'warning', error: new PosternError('UWSGI_NOTE', { text, remedy }, { place }) })
  }
  for (const [option, table] of [
    ['uid', '/etc/passwd'],
    ['gid', '/etc/group'],
  ] as const) {
    const name = String(options[option] ?? '')
    if (name === '' || /^\d+$/.test(name) || !world.isFile(table)) continue
    if (
      !world
        .readFile(table)
        .split('\n')
        .some((line) => line.startsWith(`${name}:`))
    )
      tell('warning', option, `${option} = ${name}: not in ${table}`, 'right on this machine? else a number')
  }
  for (const { entry } of outcomes) {
    const [, name] = /%\(([\w-]+)\)/.exec(entry.value ?? '') ?? []
    if (name === undefined || hasOwnNames.test(entry.key)) continue
    const text = `${entry.key} = ${entry.value}: %(${name}) is not set, so it stays as it is`
    const remedy = `set it on a line above: ${name} = …`
    const error = new PosternError('UWSGI_NOTE', { text, remedy }, { place: entry.place })
    found.push({ severity: 'warning', error })
  }
  const backlog = somaxconn(world)
  if (draft.places.has('listen') && options.listen > backlog) {
    tell(
      'warning',
      'listen',
      `listen = ${draft.places.get('listen')?.value}: the kernel caps it at ${backlog}`,
      'raise net.core.somaxconn',
    )
  }
  // What a wrong line may have meant is no news.
  if (!whole || right === undefined) return found
  if (options.socket.length + options.http.length === 0) {
    // Debian's service gives every file of this folder a socket of its name.
    const [, debian] =
      outcomes
        .map(({ entry }) => /\/apps-(?:enabled|available)\/([^/]+)\.\w+$/.exec(entry.place.file))
        .find(Boolean) ?? []
    const remedy = debian
      ? `Debian’s service adds it: socket = /run/uwsgi/app/${debian}/socket`
      : 'fine if the command line or UWSGI_HTTP says it; else add http = :8000'
    tell('warning', 'socket', 'nothing is listened on', remedy)
  }
  if (!hasApplication(options)) {
    tell(
      'warning',
      'module',
      'no application is named',
      'fine if the command line says it; else add module or wsgi-file',
    )
  }
  if (options['wsgi-file'] !== undefined && options.module !== undefined) {
    tell('warning', 'module', 'module and wsgi-file are both set: wsgi-file is served', 'remove one of them')
  }
  return found
}

function somaxconn(world: World): number {
  try {
    return Number(world.readFile('/proc/sys/net/core/somaxconn'))
  } catch {
    return Number.POSITIVE_INFINITY // not Linux: the kernel knows
  }
}

const hasApplication = (options: GatewayOptions): boolean =>
  [options.module, options['wsgi-file'], options.paste].some((value) => value !== undefined) ||
  options.mount.length > 0
