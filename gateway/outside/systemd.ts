// What systemd is told: ready, reloading, stopping, alive. The datagrams themselves are sent by the Python template.

import type { Gateway } from '../index.ts'

export function notifyReady(gateway: Gateway): void {
  if (process.env.NOTIFY_SOCKET === undefined) return
  gateway.notify(`READY=1\nMAINPID=${process.pid}\nSTATUS=serving on ${gateway.addresses.join(', ')}`)
}

/** WATCHDOG=1 at half of systemd's limit: an event loop that hangs says nothing, and is restarted. */
export function startWatchdog(gateway: Gateway): NodeJS.Timeout | undefined {
  const micros = Number(process.env.WATCHDOG_USEC)
  if (process.env.NOTIFY_SOCKET === undefined || !(micros > 0)) return undefined
  const owner = process.env.WATCHDOG_PID
  if (owner !== undefined && Number(owner) !== process.pid) return undefined
  return setInterval(() => gateway.notify('WATCHDOG=1'), micros / 2000)
}
