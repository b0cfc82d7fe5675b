// postern doctor, told what to look at: tools, application, configuration and machine, a section each -> exit code.

import { existsSync } from 'node:fs'
import { accountOf } from '../../generate/reach.ts'
import type { Behind } from '../../lint/cross/behind.ts'
import { runCross } from '../../lint/cross/run.ts'
import { loadPath } from '../../lint/files.ts'
import { installedNginx, targetVersion } from '../../lint/installed.ts'
import { lintConf } from '../../lint/lint.ts'
import { Model } from '../../lint/model/model.ts'
import { readTree } from '../../lint/model/statement.ts'
import { readVersion } from '../../lint/model/version.ts'
import { rules } from '../../lint/rules.generated.ts'
import { sayJson } from '../print.ts'
import { findBehind, readBehind } from './behind.ts'
import { type Health, machineHealth } from './machine.ts'
import { DEFAULT_CONF, type Options } from './options.ts'
import { print, type Section } from './print.ts'

/** The exit code. */
export async function doctor(folder: string, options: Options): Promise<number> {
  const found = { ...findBehind(folder), ...options }
  const conf = options.conf ?? found.conf ?? DEFAULT_CONF
  const sections: Section[] = []
  sections.push(tools())
  const behind = await notedBehind(found, sections)
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

function tools(): Section {
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

type Found = ReturnType<typeof findBehind> & Options

/** What cannot be read is a finding of the doctor's, not the end of it. */
async function notedBehind(found: Found, sections: Section[]) {
  const behind: Behind = {}
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
      Object.assign(behind, await readBehind(part))
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

async function configuration(path: string, behind: Behind, options: Options): Promise<Section[]> {
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
