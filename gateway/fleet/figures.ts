// What the members of a fleet say of themselves, as of one gateway; workers added where there are fewest. Knows members by
// what they answer, not how they live.

import { PosternError } from '../../errors.ts'
import type { ControlAnswer } from '../outside/control.ts'
import { metricsText } from '../outside/metrics.ts'
import type { Status } from '../outside/status.ts'
import type { Member } from './member.ts'
import { type Figures, mergeHistograms, mergeStatus } from './merge.ts'

async function figuresOf(members: readonly Member[]): Promise<Figures[]> {
  const answers = await Promise.all(members.map((member) => member.ask({ command: 'figures' })))
  const good = answers.filter((answer) => answer.ok) as unknown as Figures[]
  if (good.length === 0) throw new PosternError('NO_WORKER', undefined)
  return good
}

const merged = (figures: readonly Figures[]): Status =>
  mergeStatus(
    figures.map((one) => one.status),
    { pid: process.pid, rssBytes: process.memoryUsage.rss() },
  )

export async function fleetStatus(members: readonly Member[]): Promise<Status> {
  return merged(await figuresOf(members))
}

export async function fleetMetrics(members: readonly Member[]): Promise<string> {
  const figures = await figuresOf(members)
  return metricsText(merged(figures), {
    queueWait: mergeHistograms(figures.map((one) => one.queueWait)),
    appTime: mergeHistograms(figures.map((one) => one.appTime)),
  })
}

/** One by one, each where there are fewest (or most). */
export async function addWorkers(members: readonly Member[], by: number): Promise<ControlAnswer> {
  let answer = await addWorker(members, Math.sign(by))
  for (let n = 1; answer.ok && n < Math.abs(by); n++) answer = await addWorker(members, Math.sign(by))
  return answer
}

async function addWorker(members: readonly Member[], by: number): Promise<ControlAnswer> {
  const { workers } = await fleetStatus(members)
  const count = (member: Member) =>
    workers.filter((worker) => Math.floor(worker.id / 1000) === member.number).length
  const sorted = [...members].sort((a, b) => (count(a) - count(b)) * by)
  const answer = await (sorted[0] as Member).ask({ command: 'worker', by })
  if (!answer.ok) return answer
  return { ok: true, wanted: (await fleetStatus(members)).workersWanted }
}
