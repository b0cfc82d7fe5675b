// What the control socket's commands do: a table from names to calls. Knows no sockets.

import { PosternError } from '../../errors.ts'
import type { ReloadResult } from '../pool/rollout.ts'
import type { Histogram } from '../pool/tally.ts'
import type { UpgradeAnswer } from '../upgrade.ts'
import type { ControlAnswer, ControlCommands } from './control.ts'
import { readStatus, type Seen } from './status.ts'

export type Controlled = {
  seen: Seen
  reload: () => Promise<ReloadResult>
  want: (workers: number) => number
  stop: () => void
  reopen: () => void
  /** Answers when the successor serves, or has failed. */
  upgrade?: () => Promise<UpgradeAnswer>
}

export function controlCommands(gateway: Controlled): ControlCommands {
  const { seen, upgrade } = gateway
  return {
    ...(upgrade ? { upgrade } : {}),
    status: () => ({ ok: true, status: readStatus(seen) }),
    figures: () => {
      const { queueWait, appTime } = seen.dispatcher.tally
      return { ok: true, status: readStatus(seen), queueWait: plain(queueWait), appTime: plain(appTime) }
    },
    reload: async () => reloadAnswer(await gateway.reload()),
    stop: () => {
      // After the answer, so that the one who asked hears it.
      setImmediate(gateway.stop)
      return { ok: true, pid: process.pid }
    },
    reopen: () => {
      gateway.reopen()
      return { ok: true }
    },
    worker: (message) => {
      const by = Number(message.by)
      if (!Number.isInteger(by) || by === 0) {
        throw new PosternError('LINE_BROKEN', {
          reason: 'worker needs `by`: how many more (or fewer) workers',
        })
      }
      return { ok: true, wanted: gateway.want(seen.pool.desired + by) }
    },
  }
}

const plain = ({ counts, sumMicros }: Histogram) => ({ counts: [...counts], sumMicros })

function reloadAnswer(result: ReloadResult): ControlAnswer {
  if (result.ok) return { ok: true, generation: result.generation }
  return {
    ok: false,
    code: result.error.code,
    text: result.error.message,
    hint: result.failure?.hint ?? result.error.hint,
    traceback: result.failure?.traceback,
    exit: result.error.exitCode,
  }
}
