// One member of a fleet as its supervisor sees it: a child process that says when it is ready, and a control socket.

import { type ChildProcess, fork } from 'node:child_process'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { ControlAnswer } from '../outside/control.ts'

export type Ended = { code: number | null; signal: NodeJS.Signals | null }

/** Files 0 to 2, and Node.js's own channel. */
const firstInherited = 4

export class Member {
  readonly number: number
  readonly runDir: string
  readonly ended: Promise<Ended>
  /** Resolves true when it serves, false when it ended before. */
  readonly ready: Promise<boolean>
  /** Resolves true when it has loaded the application and waits for `takeOver`; false when it ended before. */
  readonly loaded: Promise<boolean>
  private readonly child: ChildProcess

  /** `descriptors`: sockets that are open already, one for each of its addresses or null. */
  constructor(
    number: number,
    script: string,
    optionsFile: string,
    runDir: string,
    { descriptors, takeOver }: { descriptors: readonly (number | null)[]; takeOver: boolean },
  ) {
    this.number = number
    this.runDir = runDir
    // systemd hears from the fleet, not from its members.
    const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID, LISTEN_FDS, LISTEN_PID, ...env } = process.env
    const inherited = descriptors.filter((fd) => fd !== null)
    let next = firstInherited
    if (inherited.length > 0) env.POSTERN_FDS = JSON.stringify(descriptors.map((fd) => fd && next++))
    else delete env.POSTERN_FDS
    if (takeOver) env.POSTERN_TAKEOVER = '1'
    this.child = fork(script, [optionsFile], {
      env,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...inherited],
    })
    this.ended = new Promise((resolve) => {
      this.child.once('error', () => resolve({ code: 70, signal: null }))
      this.child.once('exit', (code, signal) => resolve({ code, signal }))
    })
    this.ready = this.hears('ready')
    this.loaded = this.hears('loaded')
  }

  private hears(word: string): Promise<boolean> {
    return new Promise((resolve) => {
      this.child.on('message', (message) => message === word && resolve(true))
      void this.ended.then(() => resolve(false))
    })
  }

  /** `take over`: the sockets of the fleet that is being replaced. `replaced`: it is this one's end, with a successor. */
  tell(word: 'take over' | 'replaced'): void {
    if (this.running && this.child.connected) this.child.send(word)
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null
  }

  kill(signal: NodeJS.Signals): void {
    if (this.running) this.child.kill(signal)
  }

  /** One command over its control socket; a member that does not answer is an answer, too. */
  ask(message: Record<string, unknown>, limitMs = 0): Promise<ControlAnswer> {
    return new Promise((resolve) => {
      let text = ''
      const socket = connect(join(this.runDir, 'control.sock'))
      const failed = () =>
        resolve({ ok: false, code: 'MEMBER_SILENT', text: `gateway ${this.number} does not answer` })
      const late = () => {
        resolve({ ok: false, code: 'MEMBER_STUCK', text: `gateway ${this.number} said nothing in time` })
        socket.destroy()
      }
      if (limitMs > 0) socket.setTimeout(limitMs, late)
      socket.setEncoding('utf8')
      socket.once('connect', () => socket.write(`${JSON.stringify(message)}\n`))
      socket.on('data', (chunk) => {
        text += chunk
        const end = text.indexOf('\n')
        if (end < 0) return
        resolve(JSON.parse(text.slice(0, end)) as ControlAnswer)
        socket.destroy()
      })
      socket.once('error', failed)
      socket.once('close', failed)
    })
  }
}
