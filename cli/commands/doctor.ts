// postern doctor: looks at a machine and a project as a whole, and says what to do about what it finds.

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { accountOf } from '../../generate/reach.ts'
import type { Finding } from '../../lint/rule.ts'
import type { Health } from '../doctor/machine.ts'
import { colours, examples, say, sayJson } from '../print.ts'

type Options = {
  conf?: string
  django?: string
  settings?: string
  uwsgi?: string
  gateway?: string
  nginx?: string
  json?: boolean
}

const DEFAULT_CONF = '/etc/nginx/nginx.conf'

export function register(program: Command): void {
  program
    .command('doctor')
    .description('look at nginx, the application and the machine together, and say what to do')
    .argument('[folder]', 'the project', '.')
    .option('--conf <file>', `nginx’s configuration (default: out/nginx.conf, nginx.conf, ${DEFAULT_CONF})`)
    .option('--django <folder>', 'the folder of manage.py')
    .option('--settings <module>', 'its settings module')
    .option('--uwsgi <file>', 'uWSGI’s configuration')
    .option('--gateway <file>', 'the gateway’s options (out/gateway.json)')
    .option('--nginx <version>', 'the nginx that runs it (default: the installed one)')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      examples([
        ['postern doctor', 'the project in this folder'],
        [
          'postern doctor --conf /etc/nginx/nginx.conf --django /srv/mysite --uwsgi /etc/uwsgi/mysite.ini',
          'a machine',
        ],
      ]),
    )
    .action(async (folder: string, options: Options) => {
      process.exitCode = await doctor(resolve(folder), options)
    })
}

type Section = { title: string; health: Health[]; findings: Finding[] }

async function doctor(folder: string, options: Options): Promise<number> {
  const { findBehind, readBehind } = await import('../doctor/behind.ts')
  const found = { ...findBehind(folder), ...options }
  const conf = options.conf ?? found.conf ?? DEFAULT_CONF
  const sections: Section[] = []
  sections.push(await tools())
  const behind = await notedBehind(found, readBehind, sections)
  if (existsSync(conf)) sections.push(...(await configuration(conf, behind, options)))
  else
    sections.push({
      title: 'nginx’s configuration',
      health: [
        {
          state: 'bad',
          what: `${conf} is not there`,
          remedy: 'postern build writes out/nginx.conf; --conf names another',
        },
      ],
      findings: [],
    })
  const bad = sections.some(
    (one) =>
      one.health.some((health) => health.state === 'bad') ||
      one.findings.some((finding) => finding.severity !== 'info'),
  )
  if (options.json) sayJson({ ok: !bad, sections })
  else print(sections, bad)
  return bad ? 1 : 0
}

async function tools(): Promise<Section> {
  const { installedNginx } = await import('../../lint/installed.ts')
  const version = installedNginx()
  const nginx: Health =
    version === undefined
      ? {
          state: 'doubt',
          what: 'nginx is not installed here',
          remedy: 'apt install nginx libnginx-mod-http-js',
        }
      : { state: 'good', what: `nginx ${version}` }
  return {
    title: 'tools',
    health: [nginx, { state: 'good', what: `node ${process.versions.node}` }],
    findings: [],
  }
}

type ReadBehind = typeof import('../doctor/behind.ts').readBehind
type Found = ReturnType<typeof import('../doctor/behind.ts').findBehind> & Options

/** What cannot be read is a finding of the doctor's, not the end of it. */
async function notedBehind(found: Found, read: ReadBehind, sections: Section[]) {
  const behind: Awaited<ReturnType<ReadBehind>> = {}
  const health: Health[] = []
  const parts = [
    [
      'Django project',
      found.django,
      {
        ...(found.django === undefined ? {} : { django: found.django }),
        ...(found.settings === undefined ? {} : { settings: found.settings }),
      },
    ],
    ['uWSGI', found.uwsgi, found.uwsgi === undefined ? {} : { uwsgi: found.uwsgi }],
    [
      'gateway',
      found.uwsgi === undefined ? found.gateway : undefined,
      found.gateway === undefined ? {} : { gateway: found.gateway },
    ],
  ] as const
  for (const [name, path, part] of parts) {
    if (path === undefined) continue
    try {
      Object.assign(behind, await read(part))
      health.push({ state: 'good', what: `${name}: ${path}` })
    } catch (error) {
      health.push({ state: 'bad', what: `${name} ${path}: ${(error as Error).message}`, ...remedyOf(error) })
    }
  }
  if (behind.django?.debug)
    health.push({
      state: 'bad',
      what: 'DEBUG is on: errors show settings and source to visitors',
      remedy: 'DEBUG = False',
    })
  if (health.length > 0) sections.push({ title: 'the application', health, findings: [] })
  return behind
}

const remedyOf = (error: unknown): { remedy?: string } => {
  const hint = (error as { hint?: string }).hint
  return hint === undefined ? {} : { remedy: hint }
}

async function configuration(
  path: string,
  behind: Awaited<ReturnType<ReadBehind>>,
  options: Options,
): Promise<Section[]> {
  const [
    { rules },
    { lintConf },
    { loadPath },
    { targetVersion },
    { runCross },
    { Model },
    { readTree },
    { readVersion },
    { machineHealth },
  ] = await Promise.all([
    import('../../lint/rules.generated.ts'),
    import('../../lint/lint.ts'),
    import('../../lint/files.ts'),
    import('../../lint/installed.ts'),
    import('../../lint/cross/run.ts'),
    import('../../lint/model/model.ts'),
    import('../../lint/model/statement.ts'),
    import('../../lint/model/version.ts'),
    import('../doctor/machine.ts'),
  ])
  const conf = loadPath(path)
  const nginx = targetVersion(options.nginx)
  const { findings } = lintConf(conf, rules, { nginx })
  const broken = findings.some((one) => one.rule === 'syntax')
  const sections: Section[] = [
    {
      title: `nginx’s configuration ${path}`,
      health: findings.length === 0 ? [{ state: 'good', what: 'no findings' }] : [],
      findings,
    },
  ]
  if (broken) return sections
  if (behind.django !== undefined || behind.server !== undefined) {
    const crossed = runCross(conf.main, behind, { nginx })
    sections.push({
      title: 'nginx and the application',
      health: crossed.length === 0 ? [{ state: 'good', what: 'they agree' }] : [],
      findings: crossed,
    })
  }
  const model = new Model(
    readTree(conf.main),
    readVersion(nginx) as NonNullable<ReturnType<typeof readVersion>>,
  )
  const health = await machineHealth(model, accountOf(model.root.first('user')?.arg ?? 'www-data'))
  if (health.length > 0) sections.push({ title: 'this machine', health, findings: [] })
  return sections
}

function print(sections: Section[], bad: boolean): void {
  const mark = { good: colours.green('ok'), bad: colours.red('no'), doubt: colours.yellow('??') }
  for (const { title, health, findings } of sections) {
    say(`\n${colours.bold(title)}`)
    for (const one of health)
      say(
        `  ${mark[one.state]}  ${one.what}${one.remedy === undefined ? '' : `\n      ${colours.dim('→')} ${one.remedy}`}`,
      )
    for (const one of findings) {
      const state = one.severity === 'error' ? 'bad' : 'doubt'
      say(
        `  ${mark[state]}  ${one.file}:${one.line} ${one.rule}: ${one.message}\n      ${colours.dim('→')} ${one.help}`,
      )
    }
  }
  const wrong = sections.some(
    ({ health, findings }) =>
      health.some(({ state }) => state === 'bad') || findings.some(({ severity }) => severity === 'error'),
  )
  const doubtful = '\nNothing is wrong for certain; the lines marked ?? may want a look.'
  say(wrong ? '\nThe lines marked no want your attention first.' : bad ? doubtful : '\nAll is well.')
}
