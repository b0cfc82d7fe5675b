// Entries of a configuration -> what postern does: options of the gateway, settings of the site, and the fate of each line.
// Everything is looked at before anything is refused, so that one run tells all there is to tell.

import { isAbsolute, join, resolve } from 'node:path'
import { PosternError } from '../errors.ts'
import { type GatewayOptions, gatewayOptions } from '../gateway/options.ts'
import { type Draft, emptyDraft } from './draft.ts'
import type { Entry, Problem } from './entry.ts'
import { addToOption, type Fate, type FateKind, setOption } from './fate.ts'
import { applyProtocol, checkHttpTo } from './fates/binding.ts'
import { fateOf } from './fates.ts'
import { optionNames } from './option-names.ts'
import { ownOptions } from './own-options.ts'
import { type Configuration, withoutRepeats } from './read.ts'
import { readBool, readCount, readText } from './value.ts'

/** What became of one line. */
export type Outcome = {
  entry: Entry
  kind: FateKind | 'own option' | 'placeholder' | 'typo'
  doc: string
  instead?: string
  option?: string
}

export type Translation = {
  /** Present unless a problem is an error. */
  options: GatewayOptions | undefined
  /** What was understood, for looking at it further; undefined: a value is not of its option's kind. */
  understood: GatewayOptions | undefined
  draft: Draft
  outcomes: Outcome[]
  problems: Problem[]
}

/** Translates a whole configuration. Never throws for what the operator wrote. */
export function translate(
  configuration: Configuration,
  cwd: string,
  { lenient = configuration.entries.some(({ key }) => key === 'no-strict') } = {},
): Translation {
  const draft = emptyDraft(cwd)
  draft.problems.push(...configuration.problems)
  const outcomes = configuration.entries.map((entry) => takeEntry(entry, draft, lenient))
  checkHttpTo(draft)
  guarded(draft, () => applyProtocol(draft))
  settlePaths(draft)
  const understood = checkOptions(draft)
  const problems = inReadingOrder(withoutRepeats(draft.problems))
  const failed = problems.some(({ severity }) => severity === 'error')
  return { options: failed ? undefined : understood, understood, draft, outcomes, problems }
}

function takeEntry(entry: Entry, draft: Draft, lenient: boolean): Outcome {
  if (entry.placeholder) {
    return { entry, kind: 'placeholder', doc: `a value other lines refer to as %(${entry.key})` }
  }
  if (entry.plugin !== undefined) {
    return { entry, kind: 'unsupported', doc: `an option of the plugin ${entry.plugin}, which is not there` }
  }
  const fate = fateOf(entry.key)
  if (fate === undefined) return takeOwn(entry, draft)
  const outcome: Outcome = { entry, kind: fate.kind, doc: sentence(fate) }
  if (fate.option) outcome.option = fate.option
  if (fate.instead) outcome.instead = fate.instead
  // `gevent = false` asks for nothing.
  const off = optionNames.get(entry.key)?.kind === 'bool' && isOff(entry)
  if (fate.kind === 'refused' && !off) refuse(entry, fate, draft, lenient ? 'warning' : 'error')
  else if (fate.kind === 'unsupported' && !off && fate.take === undefined)
    refuse(entry, fate, draft, 'warning')
  guarded(draft, () => fate.take?.(entry, draft))
  return outcome
}

/** A fate's own words, else those of the option that does it. */
export const sentence = ({ doc, option }: Fate): string =>
  doc !== '' || option === undefined ? doc : (gatewayOptions.shape[option].description ?? '')

const isOff = (entry: Entry): boolean => /^(false|off|no|0)$/i.test(entry.value ?? '')

function refuse(entry: Entry, fate: Fate, draft: Draft, severity: Problem['severity']): void {
  const reason = fate.doc.replace(/\.$/, '')
  const isWord = /^[A-Z](?![A-Z])/.test(reason)
  const facts = {
    name: entry.key,
    reason: isWord ? `${reason.slice(0, 1).toLowerCase()}${reason.slice(1)}` : reason,
    instead: fate.instead,
  }
  draft.problems.push({
    severity,
    error: new PosternError('UWSGI_UNSUPPORTED', facts, { place: entry.place }),
  })
}

/** postern's own options take their values by the gateway's schema. */
function takeOwn(entry: Entry, draft: Draft): Outcome {
  if (!ownOptions.has(entry.key)) {
    return { entry, kind: 'typo', doc: 'no option; uWSGI has ignored this line silently' }
  }
  const option = entry.key as keyof GatewayOptions
  const schema = gatewayOptions.shape[option]
  if (schema) {
    guarded(draft, () => {
      const type = typeOf(schema)
      if (type === 'boolean') setOption(draft, option, readBool(entry, draft), entry)
      else if (type === 'number' || type === 'int') setOption(draft, option, readCount(entry, draft), entry)
      else if (type === 'array') addToOption(draft, option, readText(entry), entry)
      else setOption(draft, option, readText(entry), entry)
    })
  }
  return { entry, kind: 'own option', doc: schema?.description ?? 'an option of postern’s reader', option }
}

type ZodLike = { def: { type: string; innerType?: ZodLike } }

const typeOf = (schema: unknown): string => {
  const { def } = schema as ZodLike
  return def.innerType ? typeOf(def.innerType) : def.type
}

function guarded(draft: Draft, action: () => void): void {
  try {
    action()
  } catch (error) {
    if (!(error instanceof PosternError)) throw error
    draft.problems.push({ severity: 'error', error })
  }
}

/** Sockets and watched files are relative to chdir, logs and the first pid file to where postern was started. */
const relativeToChdir = [
  'touch-reload',
  'touch-logreopen',
  'touch-logrotate',
  'fs-reload',
  'check-static',
  'static-safe',
  'master-fifo',
] as const

function settlePaths(draft: Draft): void {
  const { gateway } = draft
  const base = resolve(draft.cwd, gateway.chdir ?? '.')
  draft.chdir = gateway.chdir === undefined ? undefined : base
  if (gateway.chdir !== undefined) gateway.chdir = base
  const under = (path: string) => (isAbsolute(path) ? path : join(base, path))
  for (const option of relativeToChdir) {
    const value = gateway[option]
    if (value) gateway[option] = value.map(under)
  }
  for (const option of ['static-map', 'static-map2'] as const) {
    const value = gateway[option]
    if (value) gateway[option] = value.map((pair) => pair.replace(/=(.*)$/s, (_, path) => `=${under(path)}`))
  }
  if (gateway['touch-exec'])
    gateway['touch-exec'] = gateway['touch-exec'].map((pair) => (isAbsolute(pair) ? pair : join(base, pair)))
  for (const folder of draft.site.static) folder.root = under(folder.root)
  const socket = (address: string) => (/[:@]/.test(address) || isAbsolute(address) ? address : under(address))
  if (gateway.socket) gateway.socket = gateway.socket.map(socket)
  if (gateway.http) gateway.http = gateway.http.map(socket)
  if (gateway.stats) gateway.stats = socket(gateway.stats)
  for (const option of ['home', 'pidfile', 'logto', 'req-logto'] as const) {
    const value = gateway[option]
    if (value && value !== '-' && !isAbsolute(value)) gateway[option] = resolve(draft.cwd, value)
  }
  if (gateway.pidfile2) gateway.pidfile2 = under(gateway.pidfile2)
}

/** The schema of the gateway has the last word; its complaints are told at the line that set the option. */
function checkOptions(draft: Draft): GatewayOptions | undefined {
  const parsed = gatewayOptions.safeParse(draft.gateway)
  if (parsed.success) return parsed.data
  for (const issue of parsed.error.issues) {
    const name = String(issue.path[0] ?? '')
    const entry = draft.places.get(name)
    const error = new PosternError(
      'UWSGI_BAD_VALUE',
      { name: entry?.key ?? name, value: entry?.value ?? '', expected: issue.message },
      entry ? { place: entry.place } : {},
    )
    draft.problems.push({ severity: 'error', error })
  }
  return undefined
}

/** By line within a file; files in the order they were first told about. */
function inReadingOrder(problems: Problem[]): Problem[] {
  const files = [...new Set(problems.map(({ error }) => error.place?.file))]
  return problems.toSorted(
    ({ error: a }, { error: b }) =>
      files.indexOf(a.place?.file) - files.indexOf(b.place?.file) ||
      (a.place?.line ?? 0) - (b.place?.line ?? 0),
  )
}

/** How many problems of which kind, in words. */
export function withVerdict(problems: readonly Problem[]): {
  errors: number
  warnings: number
  text: string
} {
  const count = (severity: Problem['severity']) =>
    problems.filter((each) => each.severity === severity).length
  const [errors, warnings, notes] = [count('error'), count('warning'), count('note')]
  const words = [plural(errors, 'error'), plural(warnings, 'warning'), plural(notes, 'note')].filter(Boolean)
  return { errors, warnings, text: words.length === 0 ? 'nothing to say against it' : words.join(', ') }
}

const plural = (count: number, word: string): string =>
  count === 0 ? '' : `${count} ${word}${count === 1 ? '' : 's'}`
