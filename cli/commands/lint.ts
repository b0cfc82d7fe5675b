// postern lint: files, folders or standard input -> findings in the wanted form -> exit code.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { type Command, Option } from 'commander'
import type { Conf } from '../../conf/include.ts'
import { PosternError } from '../../errors.ts'
import type { Behind } from '../../lint/cross/behind.ts'
import type { Finding, Severity } from '../../lint/rule.ts'
import type { RuleSetting } from '../../lint/run.ts'
import { colours, examples, note, say } from '../print.ts'

type Options = {
  nginx?: string
  context?: string
  failOn: Severity | 'never'
  format?: Format
  json?: boolean
  fix?: boolean
  rule: string[]
  ignore: string[]
  only: string[]
  settings?: string
  baseline?: string
  writeBaseline?: string
  quiet?: boolean
  django?: string
  djangoSettings?: string
  uwsgi?: string
  gateway?: string
  behind: boolean
}

type Format = 'text' | 'json' | 'sarif' | 'github'
const FORMATS = ['text', 'json', 'sarif', 'github'] as const
const CONTEXTS = ['http', 'server', 'location', 'upstream', 'stream', 'mail', 'events', 'if', 'main']
const several = (value: string, before: string[]): string[] => [
  ...before,
  ...value.split(',').map((one) => one.trim()),
]

export function register(program: Command): void {
  program
    .command('lint')
    .description('find faults in nginx configurations, say why, and repair what can be repaired safely')
    .argument('[paths...]', 'files, folders, or - for standard input; also `nginx -T` dumps', [])
    .option(
      '--nginx <version>',
      'the nginx that will run it: 1.22.1, 1.26, latest (default: the installed one)',
    )
    .option('--context <list>', 'the blocks around a fragment: http,server')
    .addOption(
      new Option('--fail-on <level>', 'exit 1 from this severity on')
        .choices(['error', 'warning', 'info', 'never'])
        .default('warning'),
    )
    .addOption(new Option('--format <form>', 'how to say it').choices(FORMATS))
    .option('--json', 'the same as --format json')
    .option('--fix', 'repair what can be repaired safely')
    .option('--rule <name=level>', 'set a rule to off, info, warning or error; repeatable', several, [])
    .option('--ignore <names>', 'rules to leave out', several, [])
    .option('--only <names>', 'the only rules to ask', several, [])
    .option('--settings <file>', 'JSON: {"rules": {"name": "off"}}')
    .option('--baseline <file>', 'say only what this file does not know')
    .option('--write-baseline <file>', 'write down what is there today')
    .option(
      '--django <path>',
      'hold it against the Django project there (folder of manage.py, or a settings.py)',
    )
    .option('--django-settings <module>', 'its settings module')
    .option('--uwsgi <file>', 'hold it against uWSGI’s configuration')
    .option('--gateway <file>', 'hold it against the gateway’s options (gateway.json)')
    .option('--no-behind', 'do not look at a uwsgi.ini, gateway.json or settings.py that lies beside it')
    .option('-q, --quiet', 'say nothing when there is nothing to say')
    .addHelpText(
      'after',
      examples([
        ['postern lint /etc/nginx/nginx.conf', 'the whole configuration, includes followed'],
        ['postern lint --context http,server snippet.conf', 'a fragment'],
        ['nginx -T | postern lint -', 'a dump'],
        ['postern lint --fix site.conf', 'repair'],
        ['postern lint --format sarif . > findings.sarif', 'for code scanning'],
      ]),
    )
    .action(async (paths: string[], options: Options) => {
      process.exitCode = await lint(paths, options)
    })
}

async function lint(paths: string[], options: Options): Promise<number> {
  const [{ rules }, { lintConf }, files, settings, { targetVersion }, { atLeast }] = await Promise.all([
    import('../../lint/rules.generated.ts'),
    import('../../lint/lint.ts'),
    import('../../lint/files.ts'),
    import('../../lint/settings.ts'),
    import('../../lint/installed.ts'),
    import('../../lint/run.ts'),
  ])
  if (paths.length === 0)
    throw new PosternError('CLI_BAD_USAGE', {
      problem: 'no file to lint',
      remedy: 'postern lint /etc/nginx/nginx.conf, or - for standard input',
    })
  const fromFile =
    options.settings === undefined
      ? undefined
      : settings.readSettings(readText(options.settings), options.settings, rules)
  const only = options.only.map((name) => settings.requireRule(rules, name))
  const severities = {
    ...(only.length === 0
      ? {}
      : Object.fromEntries(
          rules.map((rule) => [rule.name, only.includes(rule.name) ? rule.severity : ('off' as const)]),
        )),
    ...fromFile?.rules,
    ...Object.fromEntries(options.rule.map((text) => settings.readRuleOption(rules, text))),
    ...Object.fromEntries(options.ignore.map((name) => [settings.requireRule(rules, name), 'off' as const])),
  }
  const context = readContext(options.context)
  const nginx = targetVersion(options.nginx ?? fromFile?.nginx)
  const { nginxTest } = await import('../../lint/nginx-test.ts')
  const lintSettings = {
    nginx,
    nginxTest: nginxTest(nginx, context),
    severities,
    ...(context === undefined ? {} : { context }),
  }
  const confs = paths.flatMap((path) =>
    path === '-' ? [files.loadText(readText(0), 'stdin')] : files.pathsOf(path).map(files.loadPath),
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
  const baseline = await import('../../lint/baseline.ts')
  const lineOf = (file: string, line: number): string => texts.get(file)?.split('\n')[line - 1] ?? ''
  if (options.writeBaseline !== undefined) {
    writeFileSync(
      options.writeBaseline,
      `${JSON.stringify(baseline.makeBaseline(findings, lineOf), null, 2)}\n`,
    )
    note(`${findings.length} findings written to ${options.writeBaseline}`)
    return 0
  }
  if (options.baseline !== undefined) {
    findings = baseline.newFindings(
      findings,
      baseline.readBaseline(readText(options.baseline), options.baseline),
      lineOf,
    )
  }
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

type Check = (conf: Conf, nginx: string) => Finding[]

/** What the application behind says to each file: the one that is named, or what lies beside the file. */
async function crossChecks(
  options: Options,
  context: string[] | undefined,
  severities: Record<string, RuleSetting>,
): Promise<(path: string) => Promise<Check>> {
  const { findBeside, readBehind, readSource } = await import('../doctor/behind.ts')
  const checkOf = async (behind: Behind): Promise<Check> => {
    const { runCross } = await import('../../lint/cross/run.ts')
    return (conf, nginx) =>
      runCross(conf.main, behind, { nginx, severities, ...(context === undefined ? {} : { context }) })
  }
  if (options.django !== undefined || options.uwsgi !== undefined || options.gateway !== undefined) {
    const behind = await readBehind(
      { ...options, ...(options.djangoSettings === undefined ? {} : { settings: options.djangoSettings }) },
      note,
    )
    const check = await checkOf(behind)
    return async () => check
  }
  const known = new Map<string, Promise<Behind>>()
  return async (path) => {
    if (!options.behind || path === 'stdin' || !existsSync(path)) return () => []
    const beside = await findBeside(path)
    const names = Object.values(beside)
    if (names.length === 0) return () => []
    const key = names.join('\n')
    if (!known.has(key)) known.set(key, read(beside))
    const behind = await (known.get(key) as Promise<Behind>)
    return behind.django === undefined && behind.server === undefined ? () => [] : checkOf(behind)
  }

  /** Nobody asked for these: what cannot be read is said, and left out. */
  async function read(beside: Awaited<ReturnType<typeof findBeside>>): Promise<Behind> {
    const behind: Behind = {}
    const parts: [string | undefined, (path: string) => Promise<Behind>][] = [
      [beside.settings, async (path) => ({ django: await readSource(path) })],
      [beside.uwsgi, (uwsgi) => readBehind({ uwsgi })],
      [beside.gateway, (gateway) => readBehind({ gateway })],
    ]
    const used: string[] = []
    for (const [path, part] of parts) {
      if (path === undefined) continue
      try {
        Object.assign(behind, await part(path))
        used.push(relative('.', path))
      } catch (error) {
        note(`${relative('.', path)} lies beside it and could not be read: ${(error as Error).message}`)
      }
    }
    if (used.length > 0 && !options.quiet)
      note(`held against ${used.join(' and ')} beside it (--no-behind leaves that out)`)
    return behind
  }
}

async function reportOf(
  format: Format,
  findings: Finding[],
  texts: Map<string, string>,
  silenced: number,
): Promise<string> {
  if (format === 'json') return (await import('../../lint/report/json.ts')).jsonReport(findings)
  if (format === 'github') return (await import('../../lint/report/github.ts')).githubReport(findings)
  if (format === 'sarif') {
    const { rules } = await import('../../lint/rules.generated.ts')
    const { version } = await import('../version.ts')
    return (await import('../../lint/report/sarif.ts')).sarifReport(findings, rules, version())
  }
  return (await import('../../lint/report/text.ts')).textReport(
    findings,
    (file) => texts.get(file),
    colours,
    silenced,
  )
}

async function fixAll(
  conf: Conf,
  result: import('../../lint/lint.ts').LintResult,
  again: (conf: Conf) => import('../../lint/lint.ts').LintResult,
) {
  const { repair } = await import('../../lint/repair.ts')
  const { loadConfText } = await import('../../conf/include.ts')
  const { diskReader } = await import('../../lint/files.ts')
  const { resolve } = await import('node:path')
  const original = new Map(conf.files.map((file) => [file.path, file.text]))
  const repaired = repair(conf, result, (texts) => {
    const reader = {
      read: (path: string) => texts.get(path) ?? original.get(path) ?? diskReader.read(path),
      list: diskReader.list,
    }
    const path = conf.main.path
    const changed = loadConfText(texts.get(path) ?? conf.main.text, path, reader, {
      prefix: path === 'stdin' ? process.cwd() : resolve(path, '..'),
    })
    return { conf: changed, result: again(changed) }
  })
  for (const [path, text] of repaired.texts) {
    if (path === 'stdin' || text === original.get(path)) continue
    writeFileSync(path, text)
    note(`repaired ${path}`)
  }
  return repaired
}

function readContext(list: string | undefined): string[] | undefined {
  if (list === undefined) return undefined
  const names = list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  for (const name of names)
    if (!CONTEXTS.includes(name))
      throw new PosternError('LINT_BAD_CHOICE', { option: '--context', value: name, choices: CONTEXTS })
  return names.filter((name) => name !== 'main')
}

function readText(path: string | 0): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new PosternError(
      'LINT_UNREADABLE',
      {
        path: path === 0 ? 'standard input' : path,
        problem: (cause as NodeJS.ErrnoException).code ?? String(cause),
      },
      { cause },
    )
  }
}
