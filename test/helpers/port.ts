// A port of this machine that was free a moment ago, and a plain HTTP server on one.

import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcp } from 'node:net'
import type { ExecutionContext } from 'ava'

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createTcp()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}

/** Listens on 127.0.0.1 until the test ends; its `host:port`. */
export async function listenHttp(
  t: ExecutionContext,
  answer: RequestListener,
): Promise<{ server: Server; address: string }> {
  const server = createServer(answer)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}
