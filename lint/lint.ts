// One configuration, from its text to what is said about it: syntax first, then rules, then suppressions and the baseline.
// Pure: files come through conf/include's reader, made elsewhere.

import type { Conf } from '../conf/include.ts'
import type { ConfFile, Span } from '../conf/node.ts'
import { crossRules } from './cross/run.ts'
import type { Finding, Rule } from './rule.ts'
import { type RuleSetting, runRules, sortFindings } from './run.ts'
import { readIgnores, suppress } from './suppress.ts'

export type LintSettings = {
  nginx: string
  context?: string[]
  severities?: Record<string, RuleSetting>
  /** An offline `nginx -t` (lint/nginx-test.ts). */
  nginxTest?: (conf: Conf) => Finding[]
  /** What the application behind it says about the whole configuration. */
  check?: (conf: Conf, nginx: string) => Finding[]
}

export type LintResult = { findings: Finding[]; silenced: number }

export function lintConf(conf: Conf, rules: readonly Rule[], settings: LintSettings): LintResult {
  const syntax = conf.files.flatMap(syntaxFindings)
  // Behind a fault of the syntax nothing is where it seems to be: rules would only add noise.
  const includes = syntax.length > 0 ? [] : includeFindings(conf)
  // It leaves away what stands behind a fault of the syntax, and tells what nginx names before it.
  const refused = settings.nginxTest?.(conf) ?? []
  const checked = syntax.length > 0 ? [] : (settings.check?.(conf, settings.nginx) ?? [])
  const found = syntax.length > 0 ? [] : runRules(conf.main, rules, settings)
  const all = dropRepeated([...syntax, ...includes, ...refused, ...checked, ...found])
  const names = new Set([...rules, ...crossRules].map((rule) => rule.name))
  const ignores = unique(conf.files).flatMap(readIgnores)
  const { kept, silenced } = suppress(all, ignores, {
    known: (name) => names.has(name) || all.some((one) => one.rule === name),
    ran: (name) => {
      const rule = rules.find((one) => one.name === name)
      const setting = settings.severities?.[name]
      return (
        syntax.length === 0 &&
        rule !== undefined &&
        setting !== 'off' &&
        (rule.default !== false || setting !== undefined)
      )
    },
  })
  return { findings: sortFindings(kept), silenced }
}

const unique = (files: ConfFile[]): ConfFile[] => [
  ...new Map(files.map((file) => [file.path, file])).values(),
]

function dropRepeated(findings: Finding[]): Finding[] {
  return [
    ...new Map(
      findings.map((one) => [`${one.file}:${one.line}:${one.column}:${one.rule}:${one.message}`, one]),
    ).values(),
  ]
}

export function finding(
  rule: string,
  file: string,
  span: Span,
  message: string,
  help: string,
  severity: Finding['severity'] = 'error',
): Finding {
  return {
    file,
    line: span.start.line,
    column: span.start.column,
    endLine: span.end.line,
    endColumn: span.end.column,
    rule,
    severity,
    confidence: 'high',
    message,
    help,
  }
}

const syntaxFindings = (file: ConfFile): Finding[] =>
  file.problems.map((one) => {
    const related = one.related?.map((other) => `${other.message} at line ${other.span.start.line}`) ?? []
    return finding(
      'syntax',
      file.path,
      one.span,
      one.message,
      [one.expected === undefined ? undefined : `expected ${one.expected}`, ...related]
        .filter((text) => text !== undefined)
        .join('; ') || 'nginx does not start with this',
    )
  })

/** Files that every nginx package brings along; a copy of the configuration often comes without them. */
const STOCK =
  /(?:^|\/)(?:mime\.types|(?:uwsgi|fastcgi|scgi|proxy)_params|fastcgi\.conf|fastcgi-php\.conf|snakeoil\.conf|koi-\w+|win-utf|options-ssl-nginx\.conf|modules-enabled\/.*|modules\/.*)$/

function includeFindings(conf: Conf): Finding[] {
  return conf.includeProblems.flatMap((one) => {
    if (one.code !== 'include-missing')
      return [finding('include', one.file, one.span, one.message, 'nginx does not start with this')]
    if (STOCK.test(one.path)) return []
    // A copy of a configuration, looked at away from home: the rest of /etc is not there.
    const away = /^\/etc\/(?:letsencrypt|nginx|ssl)\//.test(one.path) && !conf.main.path.startsWith('/etc/')
    const help = away ? 'rules about what it holds are not asked' : 'nginx does not start without it'
    return [finding('include', one.file, one.span, one.message, help, away ? 'info' : 'error')]
  })
}
