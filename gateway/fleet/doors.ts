// What is seen of a fleet from outside, as of one gateway: control socket, pages, stats, pid files. Knows the fleet by what
// it can be asked; no processes.

import { resolve } from 'node:path'
import type { GatewayOptions } from '../options.ts'
import { openAdmin, openStats } from '../outside/admin.ts'
import { type ControlAnswer, type ControlCommands, openControl } from '../outside/control.ts'
import { openPidfile } from '../outside/pidfile.ts'
import type { Status } from '../outside/status.ts'
import { uwsgiStats } from '../outside/uwsgi-stats.ts'
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

/** Opens all of them; what is returned closes them. */
export async function openFleetDoors(
  options: GatewayOptions,
  takeOver: boolean,
  fleet: FleetView,
): Promise<(() => void)[]> {
  const closers: (() => void)[] = []
  const control = await openControl(resolve(fleetControl(options)), commandsOf(fleet), takeOver)
  closers.push(() => control.close())
  if (options.admin !== undefined) {
    const admin = await openAdmin(options.admin, pagesOf(fleet))
    closers.push(() => admin.close())
  }
  if (options.stats !== undefined) {
    const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0]
    const read = async () => uwsgiStats(await fleet.status(), process.cwd(), uid, gid)
    const stats = await openStats(options.stats, read, options['stats-http'])
    closers.push(() => stats.close())
  }
  for (const path of [options.pidfile, options.pidfile2]) {
    if (path !== undefined) closers.push(openPidfile(resolve(path)))
  }
  return closers
}
