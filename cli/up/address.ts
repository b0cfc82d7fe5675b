// Can these addresses be listened on? Asked before anything starts, so that the answer is one clear sentence.

import { connect, createServer } from 'node:net'
import { PosternError } from '../../errors.ts'

/** `8000`, `127.0.0.1:8000`, `[::]:8000`, `*:80`; undefined for what is no TCP address (unix:…). */
export function parseListen(listen: string): { host: string | undefined; port: number } | undefined {
  const match = /^(?:(\[[^\]]+\]|[^:[\]]+):)?(\d+)$/.exec(listen)
  if (!match) return undefined
  const host = match[1]?.replace(/^\[|\]$/g, '')
  return { host: host === '*' ? undefined : host, port: Number(match[2]) }
}

/** Rejects with UP_ADDRESS_TAKEN or UP_ADDRESS_FORBIDDEN; leaves nothing open. */
export function probeAddress(listen: string): Promise<void> {
  const target = parseListen(listen)
  if (!target) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') reject(new PosternError('UP_ADDRESS_TAKEN', { address: listen }))
      else
        reject(
          new PosternError('UP_ADDRESS_FORBIDDEN', { address: listen, reason: error.code ?? error.message }),
        )
    })
    probe.listen({ port: target.port, ...(target.host === undefined ? {} : { host: target.host }) }, () => {
      probe.close(() => resolve())
    })
  })
}

/** True when something accepts a connection there now. Unix sockets (`unix:/path`) as well. */
export function accepts(listen: string): Promise<boolean> {
  const target = parseListen(listen)
  const wild = target?.host === undefined || target.host === '0.0.0.0' || target.host === '::'
  const where = target
    ? { port: target.port, host: wild ? '127.0.0.1' : target.host }
    : { path: listen.replace(/^unix:/, '') }
  return new Promise((resolve) => {
    const socket = connect(where)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
