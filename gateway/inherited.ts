// Sockets that were open before this process: systemd's (LISTEN_FDS) and those of the gateway it replaces (POSTERN_FDS).
// Pure but for the environment it is given.

import type { GatewayOptions } from './options.ts'

const firstFd = 3

type Environment = Record<string, string | undefined>

/**
 * The options with inherited sockets in place of addresses: systemd's n sockets stand for the first n of `socket`, then
 * `http`, which is the order in which `postern systemd` writes them; the replaced gateway says which is which.
 */
export function withInherited(
  options: Pick<GatewayOptions, 'socket' | 'http'>,
  env: Environment,
  pid: number,
): { socket: string[]; http: string[]; count: number } {
  const socket = [...options.socket]
  const http = [...options.http]
  const at = (index: number, fd: number): void => {
    if (index < socket.length) socket[index] = `fd://${fd}`
    else if (index - socket.length < http.length) http[index - socket.length] = `fd://${fd}`
  }
  const handed =
    env.POSTERN_FDS === undefined ? undefined : (JSON.parse(env.POSTERN_FDS) as (number | null)[])
  if (handed !== undefined) {
    handed.forEach((fd, index) => {
      if (fd !== null) at(index, fd)
    })
    return { socket, http, count: handed.length }
  }
  const count = Number(env.LISTEN_FDS ?? 0)
  if (!(count > 0) || Number(env.LISTEN_PID) !== pid) return { socket, http, count: 0 }
  for (let index = 0; index < count; index++) at(index, firstFd + index)
  return { socket, http, count }
}

/** The same for a list of addresses, as numbers; null where nothing was inherited. */
export function inheritedDescriptors(
  addresses: readonly string[],
  env: Environment,
  pid: number,
): (number | null)[] {
  const { socket } = withInherited({ socket: [...addresses], http: [] }, env, pid)
  return socket.map((address, index) => {
    const inherited = address === addresses[index] ? null : /^fd:\/\/(\d+)$/.exec(address)
    return inherited === null ? null : Number(inherited[1])
  })
}
