// Lints what the generator wrote: a site is not built with a finding that its author would have to look at.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Finding } from '../lint/rule.ts'
import { colours } from './print.ts'

/** A site built under /tmp has its socket there; that is the builder's own choice. */
const NOT_ASKED = ['socket-in-tmp']

export type BuiltReport = { findings: Finding[]; text: string }

/** Findings at warning or above in out/nginx.conf, and how to show them. */
export async function lintBuilt(out: string, nginx: string | undefined): Promise<BuiltReport> {
  const path = join(out, 'nginx.conf')
  if (!existsSync(path)) return { findings: [], text: '' }
  const [
    { rules },
    { lintConf },
    { loadPath },
    { nginxTest },
    { targetVersion },
    { atLeast },
    { textReport },
  ] = await Promise.all([
    import('../lint/rules.generated.ts'),
    import('../lint/lint.ts'),
    import('../lint/files.ts'),
    import('../lint/nginx-test.ts'),
    import('../lint/installed.ts'),
    import('../lint/run.ts'),
    import('../lint/report/text.ts'),
  ])
  const version = targetVersion(nginx)
  const conf = loadPath(path)
  const severities = Object.fromEntries(NOT_ASKED.map((name) => [name, 'off' as const]))
  const { findings } = lintConf(conf, rules, {
    nginx: version,
    severities,
    nginxTest: nginxTest(version, undefined),
  })
  const loud = findings.filter((one) => atLeast(one, 'warning'))
  const texts = new Map(conf.files.map((file) => [file.path, file.text]))
  return {
    findings: loud,
    text: loud.length === 0 ? '' : textReport(loud, (file) => texts.get(file), colours),
  }
}
