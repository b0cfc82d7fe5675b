// All listening sockets of a gateway as one thing: open, count, drain, close. The one timer of this folder is here.

import { existsSync, readFileSync } from 'node:fs'
import type { Server, Socket } from 'node:net'
import type { Dispatch, Listeners } from '../exchange.ts'
import { parseAddress } from './address.ts'
import { Door } from './door.ts'
import { connectionsAllowed, Gate, type GateLimits, gateLimits, type ListenLog } from './gate.ts'
import { HttpDoor } from './http.ts'
import { ProxyDoor } from './proxy-door.ts'
import { type Listening, openSocket, type SocketOptions } from './socket.ts'
import { StaticMap, type StaticOptions } from './static.ts'
import { Trust } from './trust.ts'

const SWEEP_MS = 1000

/** The part of the gateway's options that listeners need; GatewayOptions fits. */
export type ListenOptions = StaticOptions & {
  socket: readonly string[]
  http: readonly string[]
  'chmod-socket': string
  'chown-socket'?: string | undefined
  listen: number
  'buffer-size': number
  'limit-post': number
  'body-buffering': number
  'trusted-proxies': readonly string[]
  'http-enable-proxy-protocol': boolean
  'direct-answers'?: boolean
  'socket-timeout': number
  /** `/prefix=application`; only the prefixes matter here. */
  mount: readonly string[]
  /** Take socket files over from the gateway that listens on them: it is being replaced by this one. */
  takeOver?: boolean
}

const BACKLOG_TURNS = 4

export class OpenListeners implements Listeners {
  readonly gate: Gate
  private readonly http: HttpDoor
  private readonly open: Listening[] = []
  private sweeper: NodeJS.Timeout | undefined

  constructor(gate: Gate, http: HttpDoor) {
    this.gate = gate
    this.http = http
  }

  /** Where it listens, as the operator would write it. */
  get addresses(): string[] {
    return this.open.map((listening) => listening.name)
  }

  async add(address: string, options: SocketOptions, onConnection: (socket: Socket) => void): Promise<void> {
    const listening = await openSocket(parseAddress(address), options, (socket) => {
      if (this.gate.hasRoom()) onConnection(socket)
      else socket.destroy()
    })
    this.open.push(listening)
    listening.server.on('error', (error: NodeJS.ErrnoException) => this.acceptFailed(error, listening.name))
    this.sweeper ??= setInterval(() => this.sweep(), SWEEP_MS)
  }

  private sweep(): void {
    this.gate.sweep(performance.now())
    // Whoever was busy when the drain began may be idle by now.
    if (this.gate.draining) this.http.drain()
  }

  private lastFailure = Number.NEGATIVE_INFINITY
  private failures = 0

  /** ENFILE and its like; at EMFILE libuv itself drops what waits, without a word: see Gate.hasRoom. */
  private acceptFailed(error: NodeJS.ErrnoException, name: string): void {
    this.failures++
    const now = performance.now()
    if (now - this.lastFailure < 1000) return
    this.lastFailure = now
    this.gate.log.warning(`cannot accept connections on ${name}: ${error.message}`, {
      code: error.code,
      count: this.failures,
      connections: this.gate.counts.connections,
      hint: 'raise the limit of open files (LimitNOFILE in systemd, `ulimit -n`)',
    })
  }

  /**
   * Sockets a successor inherits, in the order of the options: a file descriptor each, null for a socket file, which it
   * binds anew and renames over ours.
   */
  descriptors(): (number | null)[] {
    return this.open.map(({ address, server }) => (address.kind === 'unix' ? null : descriptorOf(server)))
  }

  /**
   * Stops accepting; resolves when the last connection has its answer and is closed. Idle ones are closed after `graceMs`,
   * because a peer may be sending its next request on one right now.
   */
  async close(graceMs = 0): Promise<void> {
    // Who has connected already waits in the backlog: closing at once would reset it. One turn accepts, the next reads.
    for (let turn = 0; turn < BACKLOG_TURNS; turn++) await new Promise(setImmediate)
    for (const listening of this.open) listening.close()
    if (graceMs > 0 && this.gate.kept.size > 0) await this.gate.dwindle(graceMs)
    const drained = this.gate.drain()
    this.http.drain()
    await drained
    this.stop()
  }

  /** Closes everything now. */
  destroy(): void {
    for (const listening of this.open) listening.close()
    for (const kept of this.gate.kept) kept.destroy()
    this.stop()
  }

  private stop(): void {
    this.http.stop()
    clearInterval(this.sweeper)
    this.sweeper = undefined
  }
}

/** Linux only; elsewhere there is no such file and no such limit here. */
const readLimits = (): string =>
  existsSync('/proc/self/limits') ? readFileSync('/proc/self/limits', 'utf8') : ''

/** Opens every socket of the options, or none: the first failure closes what was opened. */
export async function openListeners(
  options: ListenOptions,
  dispatch: Dispatch,
  log: ListenLog,
  limits: Partial<GateLimits> = {},
): Promise<OpenListeners> {
  const mounts = options.mount.map((mount) => mount.slice(0, mount.indexOf('=')))
  const gate = new Gate(dispatch, log, mounts, {
    ...gateLimits,
    head: options['buffer-size'],
    body: options['limit-post'],
    spool: options['body-buffering'],
    bodyMs: options['socket-timeout'] * 1000 || Number.POSITIVE_INFINITY,
    connections: connectionsAllowed(readLimits()),
    ...limits,
  })
  gate.answersDirectly = options['direct-answers'] === true
  gate.trust = new Trust(options['trusted-proxies'])
  const http = new HttpDoor(gate, new StaticMap(options))
  const listeners = new OpenListeners(gate, http)
  const socketOptions: SocketOptions = {
    mode: options['chmod-socket'],
    owner: options['chown-socket'],
    backlog: options.listen,
    takeOver: options.takeOver === true,
  }
  const takeHttp = (socket: Socket): void => http.accept(socket)
  try {
    for (const address of options.socket) {
      await listeners.add(address, socketOptions, (socket) => void new Door(socket, gate, takeHttp))
    }
    const introduced = (socket: Socket): void => void new ProxyDoor(socket, gate, takeHttp)
    const onHttp = options['http-enable-proxy-protocol'] ? introduced : takeHttp
    for (const address of options.http) await listeners.add(address, socketOptions, onHttp)
  } catch (error) {
    listeners.destroy()
    throw error
  }
  return listeners
}

/** Node.js has the number and no name for it. */
function descriptorOf(server: Server): number | null {
  const { _handle: handle } = server as unknown as { _handle: { fd: number } | null }
  return handle === null || handle.fd < 0 ? null : handle.fd
}
