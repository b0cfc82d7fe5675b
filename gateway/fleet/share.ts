// One gateway's options -> the options of each member of a fleet. Pure: knows names and numbers, no processes.

import { join } from 'node:path'
import type { GatewayOptions } from '../options.ts'

/** Member `number` (from 1) of a Unix socket: the first keeps the name, `gateway.sock` becomes `gateway.2.sock`. */
export function memberSocket(path: string, number: number): string {
  if (number === 1) return path
  const dot = path.lastIndexOf('.')
  return dot > path.lastIndexOf('/') + 1
    ? `${path.slice(0, dot)}.${number}${path.slice(dot)}`
    : `${path}.${number}`
}

/** `gateways = auto`: one gateway keeps three processors of nginx and Python busy even with the smallest answers (0141). */
export const autoGateways = (processors: number): number =>
  Math.min(64, Math.max(1, Math.floor(processors / 4)))

const isUnix = (address: string): boolean => address.includes('/')

/** `total` in `parts` parts that differ by one at the most; part `number` counts from 1. */
export const part = (total: number, parts: number, number: number): number =>
  Math.floor(total / parts) + (number <= total % parts ? 1 : 0)

/** Files whose change reloads are the fleet's to watch: members reload one after the other. */
const withoutWatching = {
  'touch-reload': [],
  'fs-reload': [],
  'py-autoreload': 0,
  'touch-logreopen': [],
} satisfies Partial<GatewayOptions>

/** Commands, schedules and pipes are there once for the fleet: with its first member. */
const withoutCompanions = {
  'exec-asap': [],
  'exec-pre-app': [],
  'exec-post-app': [],
  'exec-as-root': [],
  'exec-as-user': [],
  'exec-as-user-atexit': [],
  'attach-daemon': [],
  cron: [],
  'master-fifo': [],
  'touch-exec': [],
} satisfies Partial<GatewayOptions>

/**
 * What member `number` of `options.gateways` runs with: its own socket, its own run directory, its part of the workers.
 * TCP and inherited addresses are the first member's alone: two processes cannot bind them.
 */
export function memberOptions(options: GatewayOptions, number: number): GatewayOptions {
  const { gateways } = options
  const share = (value: number) => Math.max(1, part(value, gateways, number))
  const addresses = (list: readonly string[]) =>
    list
      .filter((one) => number === 1 || isUnix(one))
      .map((one) => (isUnix(one) ? memberSocket(one, number) : one))
  const { admin, stats, pidfile, pidfile2, 'control-socket': control, ...rest } = options
  return {
    ...rest,
    ...withoutWatching,
    ...(number === 1 ? {} : withoutCompanions),
    gateways: 1,
    // Workers of other members are processes of the same application too (wsgi.multiprocess).
    env: { ...options.env, POSTERN_GATEWAYS: String(gateways) },
    socket: addresses(options.socket),
    http: addresses(options.http),
    processes: share(options.processes),
    ...(options.cheaper === undefined ? {} : { cheaper: share(options.cheaper) }),
    'queue-limit': Math.max(1, part(options['queue-limit'], gateways, number)),
    'run-dir': memberRunDir(options['run-dir'], number),
  }
}

/** Every address of a fleet in the order in which systemd opens them: member by member, `socket` before `http`. */
export function fleetAddresses(options: GatewayOptions): { member: number; address: string }[] {
  if (options.gateways === 1) {
    return [...options.socket, ...options.http].map((address) => ({ member: 1, address }))
  }
  return Array.from({ length: options.gateways }, (_, index) => {
    const { socket, http } = memberOptions(options, index + 1)
    return [...socket, ...http].map((address) => ({ member: index + 1, address }))
  }).flat()
}

export const memberRunDir = (runDir: string, number: number): string => join(runDir, `gateway-${number}`)

/** Where the fleet's own files go. */
export const fleetControl = (options: GatewayOptions): string =>
  options['control-socket'] ?? join(options['run-dir'], 'control.sock')
