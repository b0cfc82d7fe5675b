// `$(ENV)`, `@(file)`, `%(key)` in values: one text -> its expansion. Pure but for the World it is given.
// Where uWSGI leaves something out by accident (a reference at the very start of an expanded value), postern resolves it.

import { PosternError } from '../errors.ts'
import { type Entry, maxValueLength, type Problem, type World } from './entry.ts'

export type Symbol_ = '$' | '@' | '%'

/** What expansion may look at. */
export type Scope = {
  world: World
  /** Value of the first option or placeholder of that name. */
  lookUp(key: string): string | undefined
  allowExec: boolean
  problems: Problem[]
}

/** Options whose value goes to a shell: `$(date)` there is the shell's. */
const shellOption =
  /^(exec-|cron|unique-cron|attach-daemon|attach-control-daemon|smart-|legion-|hook-|daemon|map-daemon)/

/** Expands one kind of reference everywhere in the entry's value. */
export function expandValue(entry: Entry, text: string, symbol: Symbol_, scope: Scope, depth = 0): string {
  let result = ''
  let at = 0
  while (at < text.length) {
    const start = text.indexOf(`${symbol}(`, at)
    if (start < 0) break
    const end = closing(text, start + 2)
    if (end < 0) break
    const name = text.slice(start + 2, end)
    result += text.slice(at, start)
    const found = name === '' ? undefined : references[symbol](name, entry, scope)
    if (found === undefined) {
      // Left as it stands, but what is inside may be a reference: `%(a%(b))`.
      result += `${symbol}(`
      at = start + 2
    } else {
      if (depth > 64) throw new PosternError('UWSGI_PLACEHOLDER_CYCLE', { name }, { place: entry.place })
      result += expandValue(entry, found, symbol, scope, depth + 1)
      at = end + 1
    }
    if (result.length > maxValueLength) {
      throw new PosternError(
        'UWSGI_TOO_MUCH',
        { what: 'characters in a value', limit: maxValueLength },
        { place: entry.place },
      )
    }
  }
  return result + text.slice(at)
}

/** Index of the parenthesis that closes the one before `from`; -1 if there is none. */
function closing(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    if (text[at] === '(') depth++
    else if (text[at] === ')' && depth-- === 0) return at
  }
  return -1
}

const references: Record<Symbol_, (name: string, entry: Entry, scope: Scope) => string | undefined> = {
  $: environmentValue,
  '@': fileValue,
  '%': placeholderValue,
}

function environmentValue(name: string, entry: Entry, { world }: Scope): string | undefined {
  const [, variable, fallback] = /^([A-Za-z_]\w*)(?::?-([\s\S]*))?$/.exec(name) ?? []
  if (variable === undefined) return undefined
  const value = world.env[variable]
  if (fallback !== undefined)
    return value === undefined || (value === '' && name.includes(':-')) ? fallback : value
  if (value !== undefined || shellOption.test(entry.key)) return value
  throw new PosternError('UWSGI_ENV_UNSET', { name: variable, key: entry.key }, { place: entry.place })
}

function fileValue(what: string, entry: Entry, scope: Scope): string | undefined {
  const [, scheme, rest = ''] = /^(\w+):\/\/(.*)$/s.exec(what) ?? []
  if (scheme === undefined) {
    try {
      return scope.world.readFile(what).replace(/\r?\n$/, '')
    } catch (error) {
      if (!(error instanceof PosternError)) throw error
      throw new PosternError(error.code, error.facts, { place: entry.place, cause: error })
    }
  }
  if (scheme !== 'exec') throw new PosternError('UWSGI_AT_UNKNOWN', { what }, { place: entry.place })
  if (!scope.allowExec) throw new PosternError('UWSGI_AT_FORBIDDEN', { what }, { place: entry.place })
  return scope.world.runCommand(rest).replace(/\r?\n$/, '')
}

function placeholderValue(expression: string, entry: Entry, scope: Scope): string | undefined {
  if (!expression.includes(' ')) return expression === entry.key ? undefined : scope.lookUp(expression)
  const value = calculate(expression, scope.lookUp)
  if (expression.includes('(')) {
    const intended = intendedValue(expression)
    const error = new PosternError(
      'UWSGI_PARENTHESES',
      { expression, value, intended: intended ?? 'something else' },
      { place: entry.place },
    )
    if (!scope.problems.some((known) => known.error.message === error.message)) {
      scope.problems.push({ severity: 'warning', error })
    }
  }
  return value
}

const operators = ['+', '-', '*', '/']

/** Strictly left to right, 64 bits, unknown words are empty, two words side by side are joined. */
export function calculate(expression: string, lookUp: (key: string) => string | undefined): string {
  let current = ''
  let operator = ''
  for (const word of expression.split(' ').filter(Boolean)) {
    if (operators.includes(word)) operator = word
    else if (word === '++' || word === '--') {
      if (current !== '') current = String(wrap(integer(current) + (word === '++' ? 1n : -1n)))
      operator = ''
    } else {
      const value = /^\d+$/.test(word) ? word : (lookUp(word) ?? '')
      current =
        operator === '' ? current + value : String(wrap(apply(operator, integer(current), integer(value))))
      operator = ''
    }
  }
  return current
}

const wrap = (value: bigint): bigint => BigInt.asIntN(64, value)

/** As strtoll: leading digits, else 0. */
const integer = (text: string): bigint => BigInt(/^\s*([+-]?\d+)/.exec(text)?.[1]?.replace('+', '') ?? '0')

function apply(operator: string, a: bigint, b: bigint): bigint {
  if (operator === '+') return a + b
  if (operator === '-') return a - b
  if (operator === '*') return a * b
  return b === 0n ? 0n : a / b
}

/** What `(2 * 2) + 1` means to everybody but uWSGI; undefined where it is no plain arithmetic. */
function intendedValue(expression: string): string | undefined {
  if (!/^[\d\s+\-*/()]+$/.test(expression)) return undefined
  const tokens = expression.match(/\d+|[+\-*/()]/g) ?? []
  let at = 0
  const sum = (): number => {
    let value = product()
    while (tokens[at] === '+' || tokens[at] === '-')
      value = tokens[at++] === '+' ? value + product() : value - product()
    return value
  }
  const product = (): number => {
    let value = atom()
    while (tokens[at] === '*' || tokens[at] === '/')
      value = tokens[at++] === '*' ? value * atom() : Math.trunc(value / atom())
    return value
  }
  const atom = (): number => {
    if (tokens[at] !== '(') return Number(tokens[at++])
    at++
    const value = sum()
    at++
    return value
  }
  const value = sum()
  return Number.isFinite(value) && at === tokens.length ? String(value) : undefined
}
