// What is seen of a gateway, or of a fleet, from outside: control socket, pages, stats, pid file. Opens; knows what it
// shows by functions only.

import { resolve } from 'node:path'
import type { GatewayOptions } from '../options.ts'
import { type AdminPages, openAdmin, openStats } from './admin.ts'
import { type ControlCommands, openControl } from './control.ts'
import { openPidfile } from './pidfile.ts'
import type { Status } from './status.ts'
import { uwsgiStats } from './uwsgi-stats.ts'

export type Doors = {
  controlSocket: string
  commands: ControlCommands
  pages: AdminPages
  status: () => Status | Promise<Status>
  /** The control socket is taken from the gateway that this one replaces. */
  takeOver: boolean
}

/** What closes each goes into `closers` as soon as it is open: a later one may fail. */
export async function openDoors(
  options: GatewayOptions,
  { controlSocket, commands, pages, status, takeOver }: Doors,
  closers: (() => void)[],
): Promise<void> {
  const control = await openControl(controlSocket, commands, takeOver)
  closers.push(() => control.close())
  if (options.admin !== undefined) {
    const admin = await openAdmin(options.admin, pages)
    closers.push(() => admin.close())
  }
  if (options.stats !== undefined) {
    // The user changes after this when privileges are dropped.
    const read = async () =>
      uwsgiStats(await status(), process.cwd(), process.getuid?.() ?? 0, process.getgid?.() ?? 0)
    const stats = await openStats(options.stats, read, options['stats-http'])
    closers.push(() => stats.close())
  }
  if (options.pidfile !== undefined) closers.push(openPidfile(resolve(options.pidfile)))
}
