// What is seen of a fleet from outside, as of one gateway: control socket, pages, stats, pid files. Knows the fleet by what
// it can be asked; no processes.

import { resolve } from 'node:path'
import type { GatewayOptions } from '../options.ts'
import type { ControlAnswer, ControlCommands } from '../outside/control.ts'
import { openDoors } from '../outside/doors.ts'
import { openPidfile } from '../outside/pidfile.ts'
import type { Status } from '../outside/status.ts'
import type { UpgradeAnswer } from '../upgrade.ts'
import { fleetControl } from './share.ts'

export type FleetView = {
  status(): Promise<Status>
  metrics(): Promise<string>
  reload(): Promise<ControlAnswer>
  addWorkers(by: number): Promise<ControlAnswer>
  stop(): void
  upgrade(): Promise<UpgradeAnswer>
}

function commandsOf(fleet: FleetView): ControlCommands {
  return {
    status: async () => ({ ok: true, status: await fleet.status() }),
    reload: () => fleet.reload(),
    upgrade: () => fleet.upgrade(),
    worker: (message) => fleet.addWorkers(Math.trunc(Number(message.by)) || 0),
    reopen: () => {
      process.kill(process.pid, 'SIGUSR1')
      return { ok: true }
    },
    stop: () => {
      // After the answer, so that the one who asked hears it.
      setImmediate(() => fleet.stop())
      return { ok: true, pid: process.pid }
    },
  }
}

const page = (type: string, text: string) => ({ status: 200, type, text })

const pagesOf = (fleet: FleetView) => ({
  '/-/live': () => page('text/plain', 'live\n'),
  '/-/ready': async () => {
    const { state } = await fleet.status()
    return { status: state === 'serving' ? 200 : 503, type: 'text/plain', text: `${state}\n` }
  },
  '/-/status': async () => page('application/json', `${JSON.stringify(await fleet.status(), null, 2)}\n`),
  '/metrics': async () => page('text/plain; version=0.0.4; charset=utf-8', await fleet.metrics()),
})

/** Opens all of them; what closes each goes into `closers`. */
export async function openFleetDoors(
  options: GatewayOptions,
  takeOver: boolean,
  fleet: FleetView,
  closers: (() => void)[],
): Promise<void> {
  const doors = {
    controlSocket: resolve(fleetControl(options)),
    commands: commandsOf(fleet),
    pages: pagesOf(fleet),
    status: () => fleet.status(),
    takeOver,
  }
  await openDoors(options, doors, closers)
  if (options.pidfile2 !== undefined) closers.push(openPidfile(resolve(options.pidfile2)))
}
