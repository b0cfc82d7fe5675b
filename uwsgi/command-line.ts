// uWSGI's command line (getopt_long) and UWSGI_* environment -> keys and values. Knows option names, not meanings.

import { PosternError } from '../errors.ts'
import type { Entry } from './entry.ts'
import { nearestNames, type OptionName, optionByLetter, optionNames } from './option-names.ts'

const place = { file: 'command line' }

const entry = (key: string, value: string | undefined): Entry => ({
  key,
  value,
  raw: value,
  place,
  origin: 'command line',
  settled: false,
  placeholder: false,
})

/**
 * Options and positional arguments in the order getopt_long reports them: positionals last. `loose`: words behind an option
 * that takes a value only when it is attached, and how to write that.
 */
export function readCommandLine(
  argv: readonly string[],
  own: ReadonlyMap<string, OptionName['argument']>,
): { options: Entry[]; positionals: string[]; loose: Map<string, string> } {
  const options: Entry[] = []
  const loose = new Map<string, string>()
  const positionals: string[] = []
  const rest = [...argv]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      positionals.push(...rest)
      break
    }
    const before = options.length
    if (word.startsWith('--')) options.push(longOption(word.slice(2), rest, own))
    else if (word.startsWith('-') && word !== '-') options.push(...shortOptions(word.slice(1), rest))
    else positionals.push(word)
    const last = options.length > before ? options.at(-1) : undefined
    const next = rest[0]
    if (last !== undefined && last.value === undefined && next !== undefined && !next.startsWith('-'))
      loose.set(next, spelled(word, last.key, next))
  }
  return { options, positionals, loose }
}

/** How a value is attached to an option that can do without one; empty for one that takes none. */
function spelled(word: string, name: string, value: string): string {
  if (optionNames.get(name)?.argument !== 'optional') return ''
  return word.startsWith('--') ? `--${name}=${value}` : `${word}${value}`
}

function longOption(word: string, rest: string[], own: ReadonlyMap<string, OptionName['argument']>): Entry {
  const equals = word.indexOf('=')
  const given = equals < 0 ? word : word.slice(0, equals)
  const attached = equals < 0 ? undefined : word.slice(equals + 1)
  const { name, argument } = own.has(given)
    ? { name: given, argument: own.get(given) }
    : resolveName(given, own)
  if (argument === 'none' && attached !== undefined) {
    // getopt_long refuses `--master=true`; it can only mean one thing.
    if (/^(true|on|yes|1|false|off|no|0)$/i.test(attached)) return entry(name, attached)
    throw new PosternError('UWSGI_ARGUMENT', { name, problem: 'takes no value' }, { place })
  }
  if (argument !== 'required' || attached !== undefined) return entry(name, attached)
  const next = rest.shift()
  if (next === undefined)
    throw new PosternError('UWSGI_ARGUMENT', { name, problem: 'needs a value' }, { place })
  return entry(name, next)
}

/** The exact name, or the only option that begins so. */
function resolveName(given: string, own: ReadonlyMap<string, OptionName['argument']>): OptionName {
  const exact = optionNames.get(given)
  if (exact) return exact
  const candidates = [...optionNames.values()].filter(({ name }) => name.startsWith(given))
  const [first] = candidates
  if (first === undefined || given === '') {
    const similar = nearestNames(given, own.keys())
    throw new PosternError(
      'UWSGI_TYPO',
      { name: `--${given}`, similar: similar.map((n) => `--${n}`), where: 'command line' },
      { place },
    )
  }
  // Aliases of one option are no ambiguity (`--virtual` is --virtualenv).
  const roots = new Set(candidates.map(({ name, same }) => same ?? name))
  if (roots.size > 1) {
    throw new PosternError(
      'UWSGI_AMBIGUOUS',
      { name: given, candidates: candidates.map(({ name }) => name) },
      { place },
    )
  }
  return first
}

function shortOptions(letters: string, rest: string[]): Entry[] {
  const found: Entry[] = []
  for (let at = 0; at < letters.length; at++) {
    const letter = letters[at] as string
    const option = optionByLetter(letter)
    if (option === undefined) {
      throw new PosternError(
        'UWSGI_TYPO',
        { name: `-${letter}`, similar: [], where: 'command line' },
        { place },
      )
    }
    if (option.argument === 'none') {
      found.push(entry(option.name, undefined))
      continue
    }
    const attached = letters.slice(at + 1)
    const value = attached !== '' ? attached : option.argument === 'required' ? rest.shift() : undefined
    if (value === undefined && option.argument === 'required') {
      throw new PosternError(
        'UWSGI_ARGUMENT',
        { name: option.name, problem: `(-${letter}) needs a value` },
        { place },
      )
    }
    found.push(entry(option.name, value))
    break
  }
  return found
}

/** uWSGI's own variables, and what images and Kubernetes put there without meaning an option. */
const notOptions =
  /^UWSGI_(RELOADS|VASSALS_DIR|EMPEROR_FD|BROODLORD_NUM|EMPEROR_FD_CONFIG|EMPEROR_PROXY|JAIL_PID|ORIGINAL_PROC_NAME|VERSION)$/

const fromKubernetes = (name: string, value: string): boolean =>
  /^UWSGI_(PORT|SERVICE_HOST|SERVICE_PORT)(_|$)/.test(name) &&
  (/^(tcp|udp|sctp):\/\//.test(value) || name.includes('SERVICE') || /_(PROTO|ADDR|PORT)$/.test(name))

/** `UWSGI_HTTP_SOCKET=:80` is `http-socket = :80`. */
export function readEnvironment(env: Record<string, string | undefined>): Entry[] {
  return Object.entries(env)
    .filter(([name, value]) => name.startsWith('UWSGI_') && name.length > 6 && value !== undefined)
    .filter(([name, value]) => !notOptions.test(name) && !fromKubernetes(name, value as string))
    .map(([name, value]) => ({
      ...entry(name.slice(6).toLowerCase().replaceAll('_', '-'), value),
      place: { file: `environment variable ${name}` },
      origin: 'environment' as const,
    }))
}
