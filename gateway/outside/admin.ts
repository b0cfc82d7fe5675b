// The private listeners: an HTTP one with /metrics, /-/live, /-/ready and /-/status, and uWSGI's stats socket.
// Both answer questions about the gateway; neither ever reaches the application.

import { rmSync, statSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server } from 'node:net'
import { PosternError } from '../../errors.ts'
import { isTakingOver } from '../upgrade.ts'
import { closeKeeping } from './control.ts'

const retryMs = 500

export type AdminAnswer = { status: number; type: string; text: string }
export type AdminPages = Record<string, () => AdminAnswer | Promise<AdminAnswer>>

/** Where `:9090`, `host:port` and paths point. */
export function listenTarget(address: string): { path: string } | { host?: string; port: number } {
  if (address.startsWith('@')) return { path: `\0${address.slice(1)}` } // an abstract socket, as uwsgitop takes it
  const found = address.match(/^(.*):(\d+)$/)
  if (found === null || address.startsWith('/')) return { path: address }
  const host = (found[1] as string).replace(/^\[|\]$/g, '')
  return host === '' || host === '*' ? { port: Number(found[2]) } : { host, port: Number(found[2]) }
}

export async function openAdmin(
  address: string,
  pages: AdminPages,
): Promise<{ close(): void; address: string }> {
  const server = createHttpServer({ requestTimeout: 10_000 }, async (request, response) => {
    const path = (request.url ?? '/').split('?')[0] as string
    const page = Object.hasOwn(pages, path) ? pages[path] : undefined
    const answer =
      page === undefined
        ? { status: 404, type: 'text/plain', text: `${Object.keys(pages).join('\n')}\n` }
        : await answerOf(page)
    response.writeHead(answer.status, { 'content-type': answer.type, 'cache-control': 'no-store' })
    response.end(request.method === 'HEAD' ? undefined : answer.text)
  })
  return listen(server, address, () => server.closeAllConnections())
}

/** A question that cannot be answered now (a fleet none of whose members answers) is the asker's bad luck, not the gateway's end. */
async function answerOf(page: AdminPages[string]): Promise<AdminAnswer> {
  try {
    return await page()
  } catch (error) {
    const status = error instanceof PosternError ? error.status : 500
    return { status, type: 'text/plain', text: `${(error as Error).message}\n` }
  }
}

/** uWSGI's way: whoever connects is sent one JSON document. */
export async function openStats(
  address: string,
  read: () => unknown,
  http: boolean,
): Promise<{ close(): void; address: string }> {
  const server = createServer(async (socket) => {
    socket.on('error', () => {}) // the reader left
    socket.setTimeout(5_000, () => socket.destroy())
    let text: string
    try {
      text = `${JSON.stringify(await read(), null, 1)}\n`
    } catch {
      socket.destroy()
      return
    }
    const head =
      'HTTP/1.0 200 OK\r\nConnection: close\r\nAccess-Control-Allow-Origin: *\r\nContent-Type: application/json\r\n\r\n'
    socket.end(http ? head + text : text)
  })
  return listen(server, address, () => {})
}

async function listen(
  server: Server,
  address: string,
  cut: () => void,
): Promise<{ close(): void; address: string }> {
  const target = listenTarget(address)
  const file = 'path' in target && !target.path.startsWith('\0') ? target.path : undefined
  if (file !== undefined) rmSync(file, { force: true })
  await bind(server, target)
  const mine = file === undefined ? 0 : statSync(file).ino
  const bound = server.address()
  return {
    address: bound !== null && typeof bound === 'object' ? `${bound.address}:${bound.port}` : address,
    close() {
      if (file !== undefined) closeKeeping(server, file, mine)
      else server.close()
      cut()
    },
  }
}

/** A port that the gateway being replaced still has is tried again in the background: nobody's request waits for it. */
async function bind(server: Server, target: ReturnType<typeof listenTarget>): Promise<void> {
  const once = (): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(target, () => {
        server.off('error', reject)
        resolve()
      })
    })
  const again = (): void => {
    setTimeout(() => once().catch(again), retryMs).unref()
  }
  try {
    await once()
  } catch (error) {
    if (!isTakingOver() || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') {
      const facts = {
        address: 'path' in target ? target.path : `${target.host ?? ''}:${target.port}`,
        reason: (error as Error).message,
      }
      throw new PosternError('LISTEN_FAILED', facts, { cause: error })
    }
    again()
  }
}
