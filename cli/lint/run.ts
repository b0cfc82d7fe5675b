// postern lint, told what to do: configurations -> findings -> what is written -> exit code.

import { writeFileSync } from 'node:fs'
import { PosternError } from '../../errors.ts'
import { loadPath, loadText, pathsOf } from '../../lint/files.ts'
import { targetVersion } from '../../lint/installed.ts'
import { lintConf } from '../../lint/lint.ts'
import { nginxTest } from '../../lint/nginx-test.ts'
import type { Finding } from '../../lint/rule.ts'
import { rules } from '../../lint/rules.generated.ts'
import { atLeast, type RuleSetting } from '../../lint/run.ts'
import { readRuleOption, readSettings, requireRule } from '../../lint/settings.ts'
import { note, say } from '../print.ts'
import { crossChecks } from './cross-checks.ts'
import { fixAll } from './fix.ts'
import { type Options, readContext, readText } from './options.ts'
import { reportOf } from './report.ts'

/** The exit code. */
export async function lint(paths: string[], options: Options): Promise<number> {
  if (paths.length === 0)
    throw new PosternError('CLI_BAD_USAGE', {
      problem: 'no file to lint',
      remedy: 'postern lint /etc/nginx/nginx.conf, or - for standard input',
    })
  const fromFile =
    options.settings === undefined
      ? undefined
      : readSettings(readText(options.settings), options.settings, rules)
  const severities = severitiesOf(options, fromFile?.rules)
  const context = readContext(options.context)
  const nginx = targetVersion(options.nginx ?? fromFile?.nginx)
  const lintSettings = {
    nginx,
    nginxTest: nginxTest(nginx, context),
    severities,
    ...(context === undefined ? {} : { context }),
  }
  const confs = paths.flatMap((path) =>
    path === '-' ? [loadText(readText(0), 'stdin')] : pathsOf(path).map(loadPath),
  )
  const texts = new Map<string, string>()
  let findings: Finding[] = []
  let silenced = 0
  const checks = await crossChecks(options, context, severities)
  for (const conf of confs) {
    const own = { ...lintSettings, check: await checks(conf.main.path) }
    let result = lintConf(conf, rules, own)
    let read = conf
    if (options.fix) {
      const repaired = await fixAll(conf, result, (changed) => lintConf(changed, rules, own))
      result = repaired.result
      read = repaired.conf
    }
    for (const file of read.files) texts.set(file.path, file.text)
    findings.push(...result.findings.filter((one) => severities[one.rule] !== 'off'))
    silenced += result.silenced
  }
  findings = [...new Map(findings.map((one) => [JSON.stringify(one), one])).values()]
  const lineOf = (file: string, line: number): string => texts.get(file)?.split('\n')[line - 1] ?? ''
  if (options.writeBaseline !== undefined) return await writeBaseline(options.writeBaseline, findings, lineOf)
  if (options.baseline !== undefined) findings = await unknownTo(options.baseline, findings, lineOf)
  const { failOn } = options
  const exit = failOn !== 'never' && findings.some((one) => atLeast(one, failOn)) ? 1 : 0
  // With --fix, standard input's repaired text goes to standard output, and what is left to standard error.
  const fixedInput = options.fix && paths.includes('-')
  if (fixedInput) process.stdout.write(texts.get('stdin') ?? '')
  if (options.quiet && findings.length === 0) return exit
  const report = await reportOf(options.json ? 'json' : (options.format ?? 'text'), findings, texts, silenced)
  if (fixedInput) process.stderr.write(report)
  else if (report !== '') say(report)
  return exit
}

/** How loud each rule is: --only, then the settings file, then --rule, then --ignore. */
function severitiesOf(
  options: Options,
  fromFile: Record<string, RuleSetting> | undefined,
): Record<string, RuleSetting> {
  const only = options.only.map((name) => requireRule(rules, name))
  return {
    ...(only.length === 0
      ? {}
      : Object.fromEntries(
          rules.map((rule) => [rule.name, only.includes(rule.name) ? rule.severity : ('off' as const)]),
        )),
    ...fromFile,
    ...Object.fromEntries(options.rule.map((text) => readRuleOption(rules, text))),
    ...Object.fromEntries(options.ignore.map((name) => [requireRule(rules, name), 'off' as const])),
  }
}

type LineOf = (file: string, line: number) => string

/** Loaded when asked for: it brings node:crypto, 2 ms. */
const baselines = () => import('../../lint/baseline.ts')

async function writeBaseline(path: string, findings: Finding[], lineOf: LineOf): Promise<number> {
  const { makeBaseline } = await baselines()
  writeFileSync(path, `${JSON.stringify(makeBaseline(findings, lineOf), null, 2)}\n`)
  note(`${findings.length} findings written to ${path}`)
  return 0
}

/** Those that the baseline does not hold. */
async function unknownTo(path: string, findings: Finding[], lineOf: LineOf): Promise<Finding[]> {
  const { newFindings, readBaseline } = await baselines()
  return newFindings(findings, readBaseline(readText(path), path), lineOf)
}
