// nginx's configuration and what is behind it in, findings out. Pure.

import type { ConfFile } from '../../conf/node.ts'
import { PosternError } from '../../errors.ts'
import { Model } from '../model/model.ts'
import { readTree } from '../model/statement.ts'
import { readVersion } from '../model/version.ts'
import type { Finding } from '../rule.ts'
import { placeOf, type RuleSetting, sortFindings } from '../run.ts'
import type { Behind, CrossRule } from './behind.ts'
import { djangoRules } from './django.ts'
import { serverRules } from './server.ts'

export const crossRules: readonly CrossRule[] = [...djangoRules, ...serverRules]

export function runCross(
  main: ConfFile,
  behind: Behind,
  options: { nginx: string; context?: string[]; severities?: Record<string, RuleSetting> },
): Finding[] {
  const nginx = readVersion(options.nginx)
  if (nginx === undefined) throw new PosternError('LINT_BAD_VERSION', { value: options.nginx })
  const model = new Model(readTree(main, options.context), nginx)
  const findings = new Map<string, Finding>()
  for (const rule of crossRules) {
    const setting = options.severities?.[rule.name]
    if (setting === 'off') continue
    rule.check(model, behind, (at, message, said) => {
      const one: Finding = {
        ...placeOf(at ?? model.root, said.word),
        rule: rule.name,
        severity: setting ?? said.severity ?? rule.severity,
        confidence: said.confidence ?? 'high',
        message,
        help: said.help,
      }
      findings.set(`${one.file}:${one.line}:${one.column}:${one.rule}:${one.message}`, one)
    })
  }
  return sortFindings([...findings.values()])
}
