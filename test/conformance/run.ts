// Runs the cases that concern a way against it, one after the other.

import { isDeepStrictEqual } from 'node:util'
import { type Case, cases } from './case.ts'
import { send } from './client.ts'
import { judge } from './judge.ts'
import type { Server, Way } from './servers.ts'

/** Undefined: passed. A text: what is wrong. `skipped`: not about this way. */
export type Verdict = { name: string; wrong: string | undefined; skipped: boolean }

const stateTries = 40

/** About the HTTP parser, which behind nginx is nginx's. */
const concerns = (one: Case, way: Way): boolean =>
  way.direct || (one.link !== 'direct' && !one.name.startsWith('http-'))

export async function runCase(one: Case, way: Way, log: () => string): Promise<string | undefined> {
  const { request, expect } = one
  const name = request.path.split('/')[2] as string
  const before = expect.state === undefined ? {} : await readState(way, name)
  const logged = log().length
  let outcome = await send(way.address, request)
  for (let turn = 1; turn < (request.repeat ?? 1); turn += 1) outcome = await send(way.address, request)
  // A server that had not asked the application yet has nothing to tell it.
  if (expect.cutRequest && [400, 408].includes(outcome.answers[0]?.status ?? 0)) return undefined
  const wrong = judge(outcome, expect)
  if (wrong !== undefined) return wrong
  if (expect.state !== undefined) {
    const differs = await judgeState(way, name, expect.state, before)
    if (differs !== undefined) return differs
  }
  if (expect.log !== undefined) {
    for (let turn = 0; turn < stateTries && !log().includes(expect.log); turn += 1) await pause()
    if (!log().includes(expect.log)) return 'not in the log'
  }
  if (expect.logLacks !== undefined && log().slice(logged).includes(expect.logLacks))
    return 'it is in the log'
  return undefined
}

type State = Record<string, unknown>

/** What the application remembers of a case. */
async function readState(way: Way, name: string): Promise<State> {
  const { answers } = await send(way.address, { path: `/state/${name}` })
  const text = answers[0]?.body.toString() ?? ''
  return text.startsWith('{') ? JSON.parse(text) : {}
}

/** Counts are compared with those before; they may come a moment after the answer (close() runs behind it). */
async function judgeState(way: Way, name: string, wish: State, before: State): Promise<string | undefined> {
  let found: State = {}
  for (let turn = 0; turn < stateTries; turn += 1) {
    found = await readState(way, name)
    for (const [key, value] of Object.entries(found))
      if (typeof value === 'number') found[key] = value - Number(before[key] ?? 0)
    if (isDeepStrictEqual(found, wish)) return undefined
    await pause()
  }
  return `afterwards ${JSON.stringify(found)}, not ${JSON.stringify(wish)}`
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 25))

/** Whether the next case would find a server that answers. */
async function isAlive(way: Way): Promise<boolean> {
  const { answers } = await send(way.address, { path: '/c/hello' })
  return answers[0]?.body.toString() === 'hello'
}

export async function runWay(way: Way, log: () => string): Promise<Verdict[]> {
  const verdicts: Verdict[] = []
  for (const one of cases) {
    const skipped = !concerns(one, way)
    const wrong = skipped ? undefined : await runCase(one, way, log)
    verdicts.push({ name: one.name, skipped, wrong })
    if (wrong !== undefined && way.heal !== undefined && !(await isAlive(way))) await way.heal()
  }
  return verdicts
}

export type ServerResult = {
  server: string
  version: string
  ways: { way: string; verdicts: Verdict[] }[]
}

/** All cases by all ways of one server, started for this and stopped again. */
export async function runServer(server: Server): Promise<ServerResult> {
  const started = await server.start()
  const ways: ServerResult['ways'] = []
  try {
    for (const way of started.ways) ways.push({ way: way.name, verdicts: await runWay(way, started.log) })
  } finally {
    await started.stop()
  }
  return { server: server.name, version: server.version() ?? '', ways }
}
