// What the supervisor does next, decided from what it sees: worker states + clock + limits -> steps. Pure; imports nothing.
// One rule makes reload, recycling and scaling the same thing: a new worker is ready before an old one drains.

export type WorkerState = 'booting' | 'ready' | 'draining' | 'condemned'

export type WorkerView = {
  id: number
  generation: number
  state: WorkerState
  /** Monotonic milliseconds: when this state began. */
  since: number
  bornAt: number
  requests: number
  rssBytes: number
  /** Address space; read only where a limit asks for it. */
  asBytes?: number
  /** This worker's own limits, jitter included; 0 is none. */
  requestLimit: number
  lifetimeMs: number
  busyLanes: number
  /** Condemned: lanes busy beside the overdue one, and whether its stacks are in the log. */
  siblingsBusy: number
  stacksSeen: boolean
}

export type PoolView = {
  generation: number
  /** The template of this generation can fork. */
  canFork: boolean
  desired: number
  workers: readonly WorkerView[]
  /** Boots and early deaths in a row. */
  failures: number
  lastFailureAt: number
  stopping: boolean
}

export type PlanLimits = {
  bootMs: number
  mercyMs: number
  minLifetimeMs: number
  rssBytes: number
  evilRssBytes: number
  asBytes?: number
  evilAsBytes?: number
}

export type Step =
  | { do: 'spawn' }
  | { do: 'drain'; worker: number; why: DrainReason }
  | { do: 'kill'; worker: number; why: KillReason }

export type DrainReason =
  | 'reload'
  | 'max-requests'
  | 'max-worker-lifetime'
  | 'reload-on-rss'
  | 'reload-on-as'
  | 'scale'
  | 'stop'
export type KillReason =
  | 'boot-timeout'
  | 'worker-reload-mercy'
  | 'evil-reload-on-rss'
  | 'evil-reload-on-as'
  | 'harakiri'

/** Workers that may boot at the same time while others serve; and how long a condemned worker's stacks are waited for. */
export const bootsWhileServing = 1
export const stacksWaitMs = 1_000
/** A worker that does not show its stacks is sent a signal that makes it; then it has so long. */
export const dumpWaitMs = 500
export const backoffLimitMs = 10_000

/** Pause before the next spawn after so many failures in a row: none, none, 200 ms, 400 ms … 10 s. */
export function backoffMs(failures: number): number {
  return failures < 2 ? 0 : Math.min(backoffLimitMs, 100 * 2 ** (failures - 1))
}

/** Why a serving worker has to go, or undefined. */
export function dueReason(
  worker: WorkerView,
  view: PoolView,
  now: number,
  limits: PlanLimits,
): DrainReason | undefined {
  if (worker.generation !== view.generation) return 'reload'
  if (now - worker.bornAt < limits.minLifetimeMs) return undefined
  if (worker.requestLimit > 0 && worker.requests >= worker.requestLimit) return 'max-requests'
  if (worker.lifetimeMs > 0 && now - worker.bornAt >= worker.lifetimeMs) return 'max-worker-lifetime'
  if (limits.rssBytes > 0 && worker.rssBytes >= limits.rssBytes) return 'reload-on-rss'
  if (reaches(worker.asBytes, limits.asBytes)) return 'reload-on-as'
  return undefined
}

export function plan(view: PoolView, now: number, limits: PlanLimits): Step[] {
  const steps: Step[] = []
  const killed = new Set<number>()
  for (const worker of view.workers) {
    const why = killReason(worker, now, limits)
    if (why === undefined) continue
    steps.push({ do: 'kill', worker: worker.id, why })
    killed.add(worker.id)
  }
  const alive = view.workers.filter((worker) => !killed.has(worker.id))
  if (view.stopping) {
    for (const worker of alive) {
      if (worker.state === 'ready') steps.push({ do: 'drain', worker: worker.id, why: 'stop' })
    }
    return steps
  }
  const ready = alive.filter((worker) => worker.state === 'ready')
  const due = ready.filter((worker) => dueReason(worker, view, now, limits) !== undefined)
  const good = ready.length - due.length
  const booting = alive.filter(
    (worker) => worker.state === 'booting' && worker.generation === view.generation,
  )
  steps.push(...spawns(view, now, good, due.length, booting.length, leaving(alive)))
  steps.push(...drains(view, now, limits, ready, due, good))
  return steps
}

const leaving = (workers: readonly WorkerView[]): number =>
  workers.filter((worker) => worker.state === 'draining').length

function killReason(worker: WorkerView, now: number, limits: PlanLimits): KillReason | undefined {
  const age = now - worker.since
  if (worker.state === 'booting') return age >= limits.bootMs ? 'boot-timeout' : undefined
  if (worker.state === 'draining') return age >= limits.mercyMs ? 'worker-reload-mercy' : undefined
  if (worker.state === 'condemned') {
    const told = worker.stacksSeen || age >= stacksWaitMs + dumpWaitMs
    return (worker.siblingsBusy === 0 && told) || age >= limits.mercyMs ? 'harakiri' : undefined
  }
  if (reaches(worker.rssBytes, limits.evilRssBytes)) return 'evil-reload-on-rss'
  return reaches(worker.asBytes, limits.evilAsBytes) ? 'evil-reload-on-as' : undefined
}

/** A limit of 0 is none. */
const reaches = (value = 0, limit = 0): boolean => limit > 0 && value >= limit

/** Old workers leave slowly when they have long requests; the exchange goes on meanwhile, but never all at once. */
const leavingLimit = (desired: number): number => Math.max(1, desired >> 1)

function spawns(
  view: PoolView,
  now: number,
  good: number,
  due: number,
  booting: number,
  leavingNow: number,
): Step[] {
  if (!view.canFork || now < view.lastFailureAt + backoffMs(view.failures)) return []
  let missing = view.desired - good - booting
  if (due > 0) {
    if (leavingNow >= leavingLimit(view.desired))
      missing = Math.min(missing, view.desired - good - due - booting)
    else
      missing = Math.min(missing, Math.max(view.desired - good - due - booting, bootsWhileServing - booting))
  }
  if (view.failures > 0) missing = Math.min(missing, 1 - booting)
  return Array.from({ length: Math.max(0, missing) }, (): Step => ({ do: 'spawn' }))
}

function drains(
  view: PoolView,
  now: number,
  limits: PlanLimits,
  ready: readonly WorkerView[],
  due: readonly WorkerView[],
  good: number,
): Step[] {
  const surplus = ready.length - view.desired
  if (surplus <= 0) return []
  const oldestFirst = due.toSorted((a, b) => a.generation - b.generation || a.bornAt - b.bornAt)
  const steps = oldestFirst.slice(0, surplus).map((worker): Step => {
    return { do: 'drain', worker: worker.id, why: dueReason(worker, view, now, limits) ?? 'scale' }
  })
  const tooMany = Math.min(surplus - steps.length, good - view.desired)
  if (tooMany > 0) {
    const newestFirst = ready
      .filter((worker) => !due.includes(worker))
      .toSorted((a, b) => b.bornAt - a.bornAt)
    for (const worker of newestFirst.slice(0, tooMany)) {
      steps.push({ do: 'drain', worker: worker.id, why: 'scale' })
    }
  }
  return steps
}
