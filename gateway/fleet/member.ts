// One member of a fleet as its supervisor sees it: a child process that says when it is ready, and a control socket.

import { type ChildProcess, fork } from 'node:child_process'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { ControlAnswer } from '../outside/control.ts'

export type Ended = { code: number | null; signal: NodeJS.Signals | null }

export class Member {
  readonly number: number
  readonly runDir: string
  readonly ended: Promise<Ended>
  /** Resolves true when it serves, false when it ended before. */
  readonly ready: Promise<boolean>
  private readonly child: ChildProcess

  constructor(number: number, script: string, optionsFile: string, runDir: string) {
    this.number = number
    this.runDir = runDir
    // systemd hears from the first member alone; the others have nothing to tell it.
    const { NOTIFY_SOCKET, WATCHDOG_USEC, ...quiet } = process.env
    const env = number === 1 ? process.env : quiet
    this.child = fork(script, [optionsFile], { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.ended = new Promise((resolve) => {
      this.child.once('error', () => resolve({ code: 70, signal: null }))
      this.child.once('exit', (code, signal) => resolve({ code, signal }))
    })
    this.ready = new Promise((resolve) => {
      this.child.on('message', (message) => message === 'ready' && resolve(true))
      void this.ended.then(() => resolve(false))
    })
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
  ask(message: Record<string, unknown>): Promise<ControlAnswer> {
    return new Promise((resolve) => {
      let text = ''
      const socket = connect(join(this.runDir, 'control.sock'))
      const failed = () =>
        resolve({ ok: false, code: 'MEMBER_SILENT', text: `gateway ${this.number} does not answer` })
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
