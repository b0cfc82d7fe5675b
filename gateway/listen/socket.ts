// Opening and closing listening sockets: mode and owner before anybody can connect, stale files, hand-over by rename.
// Knows nothing of protocols.

import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, lstatSync, renameSync, rmSync, type Stats } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { PosternError } from '../../errors.ts'
import { type Address, printAddress, SOCKET_PATH_LIMIT } from './address.ts'

export type SocketOptions = {
  /** Octal, such as `660`. */
  mode: string
  /** `user[:group]`. */
  owner: string | undefined
  backlog: number
  /** Take the path over from a process that listens on it: it keeps its connections, new ones come here. */
  takeOver?: boolean
}

export type Listening = {
  server: Server
  address: Address
  /** The address as it is, for instance with the port that was chosen. */
  name: string
  /** Stops accepting. A socket file goes too, unless another process has taken the path over. */
  close(): void
}

export async function openSocket(
  address: Address,
  options: SocketOptions,
  onConnection: (socket: Socket) => void,
): Promise<Listening> {
  const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true })
  server.on('connection', onConnection)
  return address.kind === 'unix'
    ? openUnix(server, address, options)
    : openOther(server, address, options.backlog)
}

async function openOther(
  server: Server,
  address: Extract<Address, { kind: 'tcp' | 'fd' }>,
  backlog: number,
): Promise<Listening> {
  const target =
    address.kind === 'fd' ? { fd: address.fd, backlog } : { host: address.host, port: address.port, backlog }
  await listen(server, target, printAddress(address))
  const bound = server.address()
  const name =
    bound === null
      ? printAddress(address)
      : typeof bound === 'string'
        ? bound
        : printAddress({ kind: 'tcp', host: bound.address, port: bound.port })
  return { server, address, name, close: () => server.close() }
}

/**
 * Binds beside the path, sets mode and owner, then renames over it: at every moment the path is either the old socket or
 * the finished new one.
 */
async function openUnix(
  server: Server,
  address: Extract<Address, { kind: 'unix' }>,
  options: SocketOptions,
): Promise<Listening> {
  const { path } = address
  const owner = options.owner === undefined ? undefined : findOwner(options.owner)
  await checkPath(path, options.takeOver === true)
  const beside = join(dirname(path), `.${process.pid.toString(36)}`)
  const length = Buffer.byteLength(beside)
  if (length > SOCKET_PATH_LIMIT) {
    throw new PosternError('LISTEN_PATH_LONG', { path: beside, length, limit: SOCKET_PATH_LIMIT })
  }
  rmSync(beside, { force: true })
  const umask = process.umask(0o777)
  const listening = listen(server, { path: beside, backlog: options.backlog }, path)
  process.umask(umask)
  await listening
  let mine: Stats
  try {
    if (owner) chownSync(beside, owner.uid, owner.gid)
    chmodSync(beside, Number.parseInt(options.mode, 8))
    mine = lstatSync(beside)
    renameSync(beside, path)
  } catch (error) {
    server.close()
    throw new PosternError('LISTEN_FAILED', { address: path, reason: reasonOf(error) }, { cause: error })
  }
  const close = (): void => {
    server.close()
    const there = lstatSync(path, { throwIfNoEntry: false })
    if (there?.ino === mine.ino && there.dev === mine.dev) removeOwn(path)
  }
  return { server, address, name: path, close }
}

/** After the privileges were dropped the folder may not be ours any more; the next start replaces the file. */
function removeOwn(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error
  }
}

/** The file at the path may be replaced: there is none, nobody listens on it, or it is taken over on purpose. */
async function checkPath(path: string, takeOver: boolean): Promise<void> {
  const there = lstatSync(path, { throwIfNoEntry: false })
  if (there === undefined) return
  if (!there.isSocket()) throw new PosternError('LISTEN_NOT_A_SOCKET', { path })
  if (!takeOver && (await isLive(path))) throw new PosternError('GATEWAY_SOCKET_LIVE', { path })
}

/** Only ECONNREFUSED proves that nobody listens; EAGAIN is a listener with a full queue. */
function isLive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path })
    probe.on('connect', () => {
      probe.destroy()
      resolve(true)
    })
    probe.on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT')
    })
  })
}

function listen(
  server: Server,
  target: { path?: string; host?: string; port?: number; fd?: number; backlog: number },
  name: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void =>
      reject(new PosternError('LISTEN_FAILED', { address: name, reason: reasonOf(error) }, { cause: error }))
    server.once('error', failed)
    server.listen(target, () => {
      server.off('error', failed)
      resolve()
    })
  })
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** `user`, `user:group`, `:group`, names or numbers -> ids; names are asked from the system's own database. */
export function findOwner(text: string): { uid: number; gid: number } {
  const [user = '', group = ''] = text.split(':')
  const lookUp = (database: 'passwd' | 'group', name: string): string[] => {
    try {
      return execFileSync('getent', [database, name], { encoding: 'utf8' }).trim().split(':')
    } catch (error) {
      throw new PosternError(
        'LISTEN_UNKNOWN_OWNER',
        { owner: text, reason: `no ${database === 'passwd' ? 'user' : 'group'} ${name}` },
        { cause: error },
      )
    }
  }
  const entry = user === '' || /^\d+$/.test(user) ? undefined : lookUp('passwd', user)
  const uid = entry ? Number(entry[2]) : user === '' ? (process.getuid?.() ?? -1) : Number(user)
  const gid =
    group === ''
      ? entry
        ? Number(entry[3])
        : (process.getgid?.() ?? -1)
      : /^\d+$/.test(group)
        ? Number(group)
        : Number(lookUp('group', group)[2])
  return { uid, gid }
}
