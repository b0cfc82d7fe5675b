// What the application behind says to each file: the one that is named, or what lies beside the file.

import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import type { Conf } from '../../conf/include.ts'
import type { Behind } from '../../lint/cross/behind.ts'
import type { Finding } from '../../lint/rule.ts'
import type { RuleSetting } from '../../lint/run.ts'
import { note } from '../print.ts'
import type { Options } from './options.ts'

type Check = (conf: Conf, nginx: string) => Finding[]

/** The checks of a file, by its path. */
export async function crossChecks(
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
