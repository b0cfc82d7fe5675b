// What systemd is told: ready, reloading, stopping, alive. The datagrams themselves are sent by the Python template.

import type { Gateway } from '../index.ts'

export function notifyReady(gateway: Gateway): void {
  if (process.env.NOTIFY_SOCKET === undefined) return
  gateway.notify(`READY=1\nMAINPID=${process.pid}\nSTATUS=serving on ${gateway.addresses.join(', ')}`)
}

/** WATCHDOG=1 at half of systemd's limit: an event loop that hangs says nothing, and is restarted. */
export function startWatchdog(gateway: Gateway): NodeJS.Timeout | undefined {
  const micros = watchdogMicros()
  return micros === undefined ? undefined : setInterval(() => gateway.notify('WATCHDOG=1'), micros / 2000)
}

/** systemd's limit between two signs of life, if it wants them of this process. */
export function watchdogMicros(): number | undefined {
  const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID } = process.env
  const micros = Number(WATCHDOG_USEC)
  if (NOTIFY_SOCKET === undefined || !(micros > 0)) return undefined
  return WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === process.pid ? micros : undefined
}
