// Where a configuration writes: logs, sockets, pid files, pipes. Their folders have to be there, and to be writable.

import { dirname, isAbsolute, join } from 'node:path'
import { PosternError } from '../errors.ts'
import type { GatewayOptions } from '../gateway/options.ts'
import type { Draft } from './draft.ts'
import type { Problem, World } from './entry.ts'

/** Made at every boot, by systemd (RuntimeDirectory=) or by whoever starts the service. */
const passing = /^\/(run|var\/run|tmp)\//

type Place = { option: string; path: string }

/** Every path of a file that the gateway makes. */
function places(options: GatewayOptions): Place[] {
  const of = (option: keyof GatewayOptions): Place[] =>
    [options[option]]
      .flat()
      .filter((path): path is string => typeof path === 'string' && isFilePath(path))
      .map((path) => ({ option, path }))
  const files = (['logto', 'req-logto', 'pidfile', 'pidfile2', 'master-fifo'] as const).flatMap(of)
  return [...files, ...(['socket', 'http', 'stats', 'admin'] as const).flatMap(of)]
}

const isFilePath = (path: string): boolean => path.includes('/') && !/^(@|fd:)/.test(path)

export function verifyPlaces(options: GatewayOptions, draft: Draft, world: World): Problem[] {
  const seen = new Set<string>()
  const madeFirst = options['exec-asap'].length > 0
  return places(options).flatMap(({ option, path }): Problem[] => {
    const folder = dirname(isAbsolute(path) ? path : join(world.cwd, path))
    if (seen.has(folder)) return []
    seen.add(folder)
    const entry = draft.places.get(option)
    const name = entry?.key ?? option
    const tell = (severity: Problem['severity'], text: string, remedy: string): Problem[] => [
      {
        severity,
        error: new PosternError('UWSGI_NOTE', { text, remedy }, entry ? { place: entry.place } : {}),
      },
    ]
    if (!world.exists(folder)) {
      const severity = madeFirst || passing.test(path) ? 'warning' : 'error'
      const isRun = /^\/(run|var\/run)\//.test(path)
      const remedy = isRun ? 'RuntimeDirectory= in systemd makes it' : `mkdir -p ${folder}`
      return tell(severity, `${name} = ${path}: there is no directory ${folder}`, remedy)
    }
    if (!world.isDirectory(folder)) return tell('error', `${name} = ${path}: ${folder} is no directory`, '')
    if (!world.isWritable(folder)) {
      const remedy = 'right for the user that will run it? else chown or another path'
      return tell('warning', `${name} = ${path}: you cannot write in ${folder}`, remedy)
    }
    return []
  })
}
