// A fleet's reload: the options once for all, then the members one after the other; what does not load stays out of service.

import { PosternError } from '../../errors.ts'
import type { Log } from '../log.ts'
import { type GatewayOptions, type GatewayOptionsInput, readOptions } from '../options.ts'
import type { ControlAnswer } from '../outside/control.ts'
import { readAgain, refuseReload, restoreOptions, takeChanges } from '../reload.ts'
import type { Member } from './member.ts'

export type Reread = (() => GatewayOptionsInput) | undefined

/** `write`: puts the options where the members read them. */
export async function reloadFleet(
  options: GatewayOptions,
  members: readonly Member[],
  reread: Reread,
  write: () => void,
  log: Log,
): Promise<ControlAnswer> {
  const before = { ...options }
  try {
    takeChanges(options, readAgain(reread && (() => readOptions(reread())), log), log)
  } catch (error) {
    if (!(error instanceof PosternError)) throw error
    return { ...refuseReload(error, log) }
  }
  write()
  let answer: ControlAnswer = { ok: true }
  for (const member of members) {
    answer = await member.ask({ command: 'reload' })
    if (!answer.ok) {
      log.error('reload stopped', { gateway: member.number, reason: String(answer.text) })
      restoreOptions(options, before)
      write()
      return answer
    }
  }
  return answer
}
