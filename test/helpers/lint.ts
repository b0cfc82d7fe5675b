// Lints a text without files: what a rule test needs.
import type { ConfFile } from '../../conf/node.ts'
import { parse as parseConf } from '../../conf/parse.ts'
import type { Example, Finding, Rule } from '../../lint/rule.ts'
import { runRules } from '../../lint/run.ts'

export const parse = (text: string): ConfFile => parseConf(text, { path: 'test.conf' })

export function lintText(
  text: string,
  rules: readonly Rule[],
  nginx = '1.22.1',
  context?: string[],
): Finding[] {
  const severities = Object.fromEntries(
    rules.filter((rule) => rule.default === false).map((rule) => [rule.name, rule.severity]),
  )
  return runRules(parse(text), rules, { nginx, severities, ...(context === undefined ? {} : { context }) })
}

export const lintExample = (example: Example, rules: readonly Rule[]): Finding[] =>
  typeof example === 'string' ? lintText(example, rules) : lintText(example.conf, rules, example.nginx)
