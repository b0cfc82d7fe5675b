// A value against the schema: the value with its defaults, or one error that names every key, what was found there
// and what is allowed. Pure; finding the place in the file is place.ts's affair.

import { closest, distance } from 'fastest-levenshtein'
import type { z } from 'zod'

export type Problem = { path: PropertyKey[]; text: string; key: string | undefined }

type Issue = z.core.$ZodIssue
// biome-ignore lint/suspicious/noExplicitAny: zod's definitions are read by kind, which its types do not tell apart
type Def = any

/** Every problem of `value`, in the order of the schema. Empty: it is valid. */
export function problemsOf(schema: z.ZodType, value: unknown, issues: readonly Issue[]): Problem[] {
  return issues.flatMap((issue) => problemsOfIssue(schema, value, issue, []))
}

function problemsOfIssue(schema: z.ZodType, value: unknown, issue: Issue, base: PropertyKey[]): Problem[] {
  const path = [...base, ...issue.path]
  const found = valueAt(value, path)
  if (issue.code === 'unrecognized_keys') {
    const allowed = keysAt(schema, path, value)
    return issue.keys.map((key) => ({
      path: [...path, key],
      key,
      text: `unknown key${suggestion(key, allowed)}`,
    }))
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // The branch that got furthest is the one that was meant.
    const meant = issue.errors.map((errors) => [...errors]).sort((a, b) => depth(b) - depth(a))[0] as Issue[]
    if (depth(meant) > 0) return meant.flatMap((inner) => problemsOfIssue(schema, value, inner, path))
  }
  const key = path.at(-1)
  return [{ path, key: key === undefined ? undefined : String(key), text: sentence(issue, found) }]
}

const depth = (issues: readonly Issue[]): number =>
  Math.max(0, ...issues.map((issue) => issue.path.length + (issue.code === 'unrecognized_keys' ? 1 : 0)))

function sentence(issue: Issue, found: unknown): string {
  if (found === undefined && issue.code !== 'custom') return `missing; expected ${expectation(issue)}`
  const seen = `found ${show(found)}`
  switch (issue.code) {
    case 'invalid_value': {
      const values = issue.values.map(String)
      const hint = typeof found === 'string' ? suggestion(found, values) : ''
      return `${seen}, expected ${list(values.map((v) => JSON.stringify(v)))}${hint}`
    }
    default:
      return `${seen}, expected ${expectation(issue)}`
  }
}

const articles: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return articles[issue.expected] ?? issue.expected
    case 'too_small':
      return issue.origin === 'array' || issue.origin === 'string'
        ? `at least ${issue.minimum} ${issue.origin === 'array' ? 'entry' : 'character'}${Number(issue.minimum) === 1 ? '' : 's'}`
        : `at least ${issue.minimum}`
    case 'too_big':
      return issue.origin === 'array' || issue.origin === 'string'
        ? `at most ${issue.maximum} ${issue.origin === 'array' ? 'entries' : 'characters'}`
        : `at most ${issue.maximum}`
    case 'invalid_value':
      return list(issue.values.map((v) => JSON.stringify(v)))
    case 'invalid_union':
      return issue.message.startsWith('Invalid') && issue.discriminator !== undefined
        ? `an object whose ${issue.discriminator} is one of those in docs/site.md`
        : issue.message
    default:
      return issue.message
  }
}

export function suggestion(word: string, allowed: readonly string[]): string {
  if (allowed.length === 0) return ''
  const near = closest(word.toLowerCase(), allowed as string[])
  if (distance(word.toLowerCase(), near.toLowerCase()) <= Math.max(2, Math.floor(word.length / 3))) {
    return ` (did you mean ${near}?)`
  }
  return allowed.length <= 24 ? `; known here: ${[...allowed].sort().join(', ')}` : ''
}

const list = (words: readonly string[]): string =>
  words.length <= 1 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`

/** A value as a person would write it, short. */
export function show(value: unknown): string {
  const text = typeof value === 'function' ? 'a function' : (JSON.stringify(value) ?? String(value))
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

/** `routes[2].cookie.name`, as it would be written in the file. */
export function printPath(path: readonly PropertyKey[]): string {
  const text = path
    .map((part) =>
      typeof part === 'number'
        ? `[${part}]`
        : /^[A-Za-z_$][\w$]*$/.test(String(part))
          ? `.${String(part)}`
          : `[${JSON.stringify(part)}]`,
    )
    .join('')
  return text.startsWith('.') ? text.slice(1) : text === '' ? 'the site' : text
}

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (at, part) =>
      typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[part] : undefined,
    value,
  )

/** The keys the schema knows at a path; [] where it knows none by name. */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[], value: unknown): string[] {
  const here = path.reduce<Def[]>(
    (schemas, part, index) => schemas.flatMap((s) => stepInto(s, part, valueAt(value, path.slice(0, index)))),
    [schema],
  )
  const last = valueAt(value, path)
  return [...new Set(here.flatMap((s) => objectsOf(s, last)).flatMap((s) => Object.keys(s._zod.def.shape)))]
}

function stepInto(schema: Def, part: PropertyKey, value: unknown): Def[] {
  return flatten(schema, value).flatMap((s) => {
    const def = s._zod.def
    if (def.type === 'object') return def.shape[part] === undefined ? [] : [def.shape[part]]
    if (def.type === 'array') return [def.element]
    if (def.type === 'record') return [def.valueType]
    return []
  })
}

const objectsOf = (schema: Def, value: unknown): Def[] =>
  flatten(schema, value).filter((s) => s._zod.def.type === 'object')

/** Takes off optional, default, refine, pipe and lazy; opens unions, by their discriminator where the value tells. */
function flatten(schema: Def, value: unknown): Def[] {
  const def = schema?._zod?.def
  if (!def) return []
  switch (def.type) {
    case 'optional':
    case 'default':
    case 'prefault':
    case 'nullable':
    case 'readonly':
    case 'catch':
      return flatten(def.innerType, value)
    case 'pipe':
      return flatten(def.in, value)
    case 'lazy':
      return flatten(def.getter(), value)
    case 'union': {
      const options = (def.options as Def[]).flatMap((option) => flatten(option, value))
      const tag = def.discriminator
      const wanted = (value as Record<string, unknown> | undefined)?.[tag]
      const told = options.filter((o) => o._zod.def.shape?.[tag]?._zod?.values?.has(wanted))
      return told.length > 0 ? told : options
    }
    default:
      return [schema]
  }
}
