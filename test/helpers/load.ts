// A bounded load: so many requests, so many at a time, over kept-alive HTTP on a Unix socket. Says what came back.

import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'

export type Answer = { n: number; status: number; text: string; error?: string; ms: number }

export type Load = {
  /** Unix socket. */
  socket: string
  connections: number
  /** GET, or POST with a small body: nginx repeats no POST whose connection failed. */
  method?: 'GET' | 'POST'
  /** Path of request n. */
  path: (n: number) => string
  /** Stops after this many, or earlier when `until` says so; it is asked before each request, `fine` being answers of 200. */
  count: number
  until?: (sent: number, fine: number) => boolean
}

/** Resolves with the answer to every request that was sent, in no order; never rejects. */
export async function load(plan: Load): Promise<Answer[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: plan.connections })
  const answers: Answer[] = []
  let sent = 0
  let fine = 0
  const more = () => sent < plan.count && !plan.until?.(sent, fine)
  const client = async (): Promise<void> => {
    while (more()) {
      sent += 1
      const answer = await one(plan, agent, sent)
      if (answer.status === 200) fine += 1
      answers.push(answer)
    }
  }
  await Promise.all(Array.from({ length: plan.connections }, client))
  agent.destroy()
  return answers
}

export type Offer = { socket: string; perSecond: number; path: (n: number) => string; count: number }

/** As `load`, but nobody waits for answers: so many a second come, however the others fare. */
export async function offer(plan: Offer): Promise<Answer[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: plan.count })
  const answers: Promise<Answer>[] = []
  const begun = performance.now()
  while (answers.length < plan.count) {
    const due = Math.min(plan.count, ((performance.now() - begun) * plan.perSecond) / 1000)
    while (answers.length < due) answers.push(one(plan, agent, answers.length + 1))
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const all = await Promise.all(answers)
  agent.destroy()
  return all
}

function one(plan: Pick<Load, 'socket' | 'path' | 'method'>, agent: Agent, n: number): Promise<Answer> {
  const started = performance.now()
  return new Promise((resolve) => {
    let text = ''
    const done = (status: number, error?: string): void =>
      resolve({ n, status, text, ms: performance.now() - started, ...(error === undefined ? {} : { error }) })
    const { method = 'GET' } = plan
    const sending = request({ socketPath: plan.socket, path: plan.path(n), agent, method }, (response) => {
      response.setEncoding('latin1')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => done(response.statusCode ?? 0))
      response.on('error', (error) => done(0, error.message))
    })
    sending.on('error', (error) => done(0, error.message))
    sending.end(method === 'POST' ? 'a=1' : undefined)
  })
}

/** How many answers had which status; failed connections count as their error text. */
export function statuses(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { status, error } of answers) {
    const key = error ?? String(status)
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}

/**
 * POSTs to countingApp while `acting` replaces the gateway behind nginx, until `isDone` and some thousand were sent: every one
 * is answered by 200 and has run exactly once. `folder` is the gateway's.
 */
export async function everyPostOnce(
  t: ExecutionContext,
  { folder, front }: { folder: string; front: string },
  acting: Promise<void>,
  isDone: () => boolean,
): Promise<void> {
  const answers = await load({
    socket: front,
    connections: 8,
    method: 'POST',
    path: (n) => `/?${n}`,
    count: 100_000,
    until: (sent) => sent >= 2_000 && isDone(),
  })
  await acting
  t.deepEqual(statuses(answers), { 200: answers.length })
  const ran = readFileSync(join(folder, 'ran'), 'utf8').trim().split('\n')
  t.is(ran.length, answers.length)
  t.is(new Set(ran).size, answers.length)
}
