// if-*, for*, else, end: what happens to the options between them. One frame at a time; knows no file formats.

import { PosternError } from '../errors.ts'
import type { Entry, World } from './entry.ts'

/** An open `if` or `for`. */
export type Frame = { name: string; argument: string; opened: Entry; inverted: boolean }

const maxTimes = 10_000

/** Names postern serves by itself, so `if-plugin` holds for them. */
const builtInPlugins =
  /^(python\d*|http|corerouter|logfile|logsocket|rsyslog|cheaper_.*|ping|signal|router_.*|syslog)$/

export const isLogicStart = (key: string): boolean =>
  Object.hasOwn(conditions, canonical(key)) || Object.hasOwn(loops, key)
export const isLogicEnd = (key: string): boolean =>
  ['end', 'endif', 'end-if', 'endfor', 'end-for'].includes(key)

/** The value `%(_)` takes for each time the option is there; none: the option is not there. */
export function passes(frame: Frame, world: World, lookUp: (key: string) => string | undefined): string[] {
  const loop = loops[frame.name]
  if (loop) return loop(frame, world)
  const negative = /^if-?not-/.test(canonical(frame.name))
  const name = canonical(frame.name).replace('if-not-', 'if-')
  const found = (conditions[name] as Condition)(frame.argument, world, lookUp)
  const holds = (found !== undefined) !== negative
  return holds !== frame.inverted ? [found ?? frame.argument] : []
}

type Condition = (
  argument: string,
  world: World,
  lookUp: (key: string) => string | undefined,
) => string | undefined

const when = (holds: boolean, value: string): string | undefined => (holds ? value : undefined)

/** `A` or `A=b`, against whatever A names. */
function compare(argument: string, lookUp: (name: string) => string | undefined): string | undefined {
  const equals = argument.indexOf('=')
  const found = lookUp(equals < 0 ? argument : argument.slice(0, equals))
  return equals < 0 || found === argument.slice(equals + 1) ? found : undefined
}

function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern).test(text)
  } catch {
    throw new PosternError('UWSGI_BAD_VALUE', {
      name: 'if-hostname-match',
      value: pattern,
      expected: 'a regular expression',
    })
  }
}

const conditions: Record<string, Condition> = {
  'if-env': (argument, { env }) => compare(argument, (name) => env[name]),
  'if-opt': (argument, _, lookUp) => compare(argument, lookUp),
  'if-exists': (path, world) => when(world.exists(path), path),
  'if-file': (path, world) => when(world.isFile(path), path),
  'if-dir': (path, world) => when(world.isDirectory(path), path),
  'if-hostname': (name, { hostname }) => when(name === hostname, name),
  'if-hostname-match': (pattern, { hostname }) => when(matches(pattern, hostname), pattern),
  'if-plugin': (name) => when(builtInPlugins.test(name), name),
  'if-reload': (argument, { reloads }) => when(reloads === true, argument),
  'if-not-env': () => undefined,
  'if-not-opt': () => undefined,
  'if-not-exists': () => undefined,
  'if-not-file': () => undefined,
  'if-not-dir': () => undefined,
  'if-not-hostname': () => undefined,
  'if-not-hostname-match': () => undefined,
  'if-not-plugin': () => undefined,
  'if-not-reload': () => undefined,
}

const otherNames: Record<string, string> = {
  ifenv: 'if-env',
  ifexists: 'if-exists',
  ifplugin: 'if-plugin',
  ifdir: 'if-dir',
  'if-directory': 'if-dir',
}

const canonical = (key: string): string => otherNames[key] ?? key

const loops: Record<string, (frame: Frame, world: World) => string[]> = {
  for: ({ argument }) => argument.split(' ').filter(Boolean),
  'for-glob': ({ argument }, world) => {
    const found = world.glob(argument)
    return found.length > 0 ? found : [argument] // as the shell does when nothing matches
  },
  'for-times': ({ argument, opened }) => {
    const times = Number.parseInt(argument, 10) || 0
    if (times > maxTimes) {
      throw new PosternError(
        'UWSGI_TOO_MUCH',
        { what: 'rounds of for-times', limit: maxTimes },
        { place: opened.place },
      )
    }
    return Array.from({ length: Math.max(0, times) }, (_, index) => String(index + 1))
  },
  'for-readline': ({ argument }, world) =>
    world
      .readFile(argument)
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => line.trimEnd()),
}
