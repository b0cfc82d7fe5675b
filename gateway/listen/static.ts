// `static-map`: files served by the HTTP listener itself, where no nginx stands in front. The library `send` knows ranges,
// validators and how to stay inside a folder; here is only which folder.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { resolve } from 'node:path'
import send from 'send'

type Mount = { prefix: string; folder: string }

export class StaticMap {
  private readonly mounts: Mount[]

  /** `/static=/srv/site/static` entries; the longest prefix wins. */
  constructor(entries: readonly string[]) {
    this.mounts = entries
      .map((entry) => {
        const at = entry.indexOf('=')
        return { prefix: entry.slice(0, at).replace(/\/+$/, ''), folder: resolve(entry.slice(at + 1)) }
      })
      .sort((a, b) => b.prefix.length - a.prefix.length)
  }

  /** True: answered or being answered. `otherwise` is called when there is no such file: the application's turn. */
  serve(request: IncomingMessage, response: ServerResponse, otherwise: () => void): boolean {
    if (this.mounts.length === 0 || (request.method !== 'GET' && request.method !== 'HEAD')) return false
    const path = pathOf(request.url ?? '')
    const mount = this.mounts.find(
      ({ prefix }) =>
        path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === '/'),
    )
    if (mount === undefined) return false
    send(request, path.slice(mount.prefix.length) || '/', {
      root: mount.folder,
      index: false,
      dotfiles: 'ignore',
    })
      .on('directory', otherwise)
      .on('error', (error: { status?: number; statusCode?: number }) => {
        const status = error.statusCode ?? error.status ?? 500
        if (status === 404) otherwise()
        else refuse(response, status)
      })
      .pipe(response)
    return true
  }
}

const pathOf = (url: string): string => url.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/, 1)[0] as string

function refuse(response: ServerResponse, status: number): void {
  const body = `${status}\n`
  response.statusCode = status
  response.setHeader('Content-Type', 'text/plain; charset=utf-8')
  response.setHeader('Content-Length', body.length)
  response.end(body)
}
