// Which rules run and how loud: from `--rule name=off`, and from a settings file (postern-lint.json). Pure.

import { closest, distance } from 'fastest-levenshtein'
import { PosternError } from '../errors.ts'
import { crossRules } from './cross/run.ts'
import type { Rule } from './rule.ts'
import type { RuleSetting } from './run.ts'

const LEVELS = ['off', 'info', 'warning', 'error'] as const

/** Findings that come from no rule file: the parser, the includes, the comments, the offline check. */
export const OTHER = [
  'syntax',
  'include',
  'nginx-test',
  'unused-ignore',
  'ignore-without-reason',
  'ignore-without-rule',
] as const

/** The rule meant by its own name or another tool's: `http_splitting`, `gixy: http_splitting`. */
export function findRule(rules: readonly Rule[], name: string): Rule | undefined {
  const wanted = name.toLowerCase()
  return (
    rules.find((rule) => rule.name === wanted) ??
    rules.find((rule) => rule.name === wanted.replace(/_/g, '-')) ??
    rules.find((rule) =>
      rule.alias?.some(
        (alias) => alias.toLowerCase() === wanted || alias.toLowerCase().endsWith(` ${wanted}`),
      ),
    )
  )
}

export function requireRule(rules: readonly Rule[], name: string): string {
  const rule = findRule(rules, name)
  if (rule !== undefined) return rule.name
  if ((OTHER as readonly string[]).includes(name) || crossRules.some((one) => one.name === name)) return name
  const near = closest(
    name,
    rules.map((one) => one.name),
  )
  throw new PosternError('LINT_UNKNOWN_RULE', {
    name,
    near: distance(near, name) <= Math.max(2, name.length / 3) ? near : undefined,
  })
}

/** `name=level`; the bare name switches a rule on. */
export function readRuleOption(rules: readonly Rule[], text: string): [string, RuleSetting] {
  const [name = '', level] = text.split('=')
  const known = requireRule(rules, name.trim())
  if (level === undefined) return [known, findRule(rules, known)?.severity ?? 'warning']
  if (!(LEVELS as readonly string[]).includes(level))
    throw new PosternError('LINT_BAD_CHOICE', {
      option: `--rule ${name}=`,
      value: level,
      choices: [...LEVELS],
    })
  return [known, level as RuleSetting]
}

export type SettingsFile = { rules: Record<string, RuleSetting>; nginx?: string }

export function readSettings(text: string, path: string, rules: readonly Rule[]): SettingsFile {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new PosternError('LINT_BAD_SETTINGS', { path, problem: 'it is not JSON' }, { cause })
  }
  const {
    rules: rows = {},
    nginx,
    ...rest
  } = (value ?? {}) as { rules?: Record<string, string>; nginx?: string }
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined)
    throw new PosternError('LINT_BAD_SETTINGS', { path, problem: `there is no setting named "${unknown}"` })
  if (typeof rows !== 'object' || rows === null || Array.isArray(rows))
    throw new PosternError('LINT_BAD_SETTINGS', { path, problem: '"rules" is not an object' })
  const read = Object.entries(rows).map(([name, level]) => readRuleOption(rules, `${name}=${String(level)}`))
  return { rules: Object.fromEntries(read), ...(nginx === undefined ? {} : { nginx: String(nginx) }) }
}
