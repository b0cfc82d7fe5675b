// Is the gateway ready? Asked over its own socket, until it says yes or has ended. Knows nothing of processes.

import { request } from 'node:http'

/** True when GET /-/ready on this Unix socket is answered 200. */
export function isReady(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(
      { socketPath, path: '/-/ready', headers: { host: 'localhost' }, agent: false },
      (answer) => {
        answer.resume()
        answer.on('end', () => resolve(answer.statusCode === 200))
        answer.on('error', () => resolve(false))
      },
    )
    asked.on('error', () => resolve(false))
    asked.setTimeout(2000, () => asked.destroy())
    asked.end()
  })
}

export const ASK_EVERY_MS = 50

/** Resolves true when ready, false when `over` says that waiting has no sense any more. */
export async function untilReady(socketPath: string, over: () => boolean): Promise<boolean> {
  while (!over()) {
    if (await isReady(socketPath)) return true
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS))
  }
  return false
}
