// Files served by the HTTP listener itself, where no nginx stands in front (uWSGI's static-* options). The library `send`
// knows ranges, validators and paths that try to climb out; here is which folder, where links may lead, and how long to cache.

import { realpath } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join, resolve, sep } from 'node:path'
import send from 'send'
import { PosternError } from '../../errors.ts'

export type StaticOptions = {
  'static-map'?: readonly string[]
  'static-map2'?: readonly string[]
  'check-static'?: readonly string[]
  'static-index'?: readonly string[]
  'static-safe'?: readonly string[]
  'static-expires'?: readonly string[]
}

/** `keep`: the prefix is part of the path in the folder too (static-map2, check-static). */
type Mount = { prefix: string; target: string; keep: boolean }
type Expiry = { pattern: RegExp; seconds: number }

export class StaticMap {
  private readonly mounts: Mount[]
  private readonly index: string[]
  private readonly safe: string[]
  private readonly expiries: Expiry[]

  constructor(options: StaticOptions) {
    const mounts = (entries: readonly string[] = [], keep: boolean): Mount[] =>
      entries.map((entry) => {
        const at = entry.indexOf('=')
        if (!entry.startsWith('/') || at < 0) throw new PosternError('STATIC_BAD_MAP', { entry })
        return { prefix: entry.slice(0, at).replace(/\/+$/, ''), target: resolve(entry.slice(at + 1)), keep }
      })
    const checked = (options['check-static'] ?? []).map((folder) => ({
      prefix: '',
      target: resolve(folder),
      keep: true,
    }))
    this.mounts = [
      ...[...mounts(options['static-map'], false), ...mounts(options['static-map2'], true)].sort(
        (a, b) => b.prefix.length - a.prefix.length,
      ),
      ...checked,
    ]
    this.index = [...(options['static-index'] ?? [])]
    this.safe = (options['static-safe'] ?? []).map((folder) => resolve(folder))
    this.expiries = (options['static-expires'] ?? []).map(parseExpiry)
  }

  /** True: answered or being answered. `otherwise` is called when there is no such file: the application's turn. */
  serve(request: IncomingMessage, response: ServerResponse, otherwise: () => void): boolean {
    if (this.mounts.length === 0 || (request.method !== 'GET' && request.method !== 'HEAD')) return false
    const path = pathOf(request.url ?? '')
    const mounts = this.mounts.filter(({ prefix }) => isUnder(path, prefix))
    if (mounts.length === 0) return false
    void this.tryMounts(mounts, path, request, response, otherwise)
    return true
  }

  private async tryMounts(
    mounts: readonly Mount[],
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
    otherwise: () => void,
  ): Promise<void> {
    for (const mount of mounts) {
      const found = await this.locate(mount, path)
      if (found === undefined) continue
      this.send(found, request, response, otherwise)
      return
    }
    otherwise()
  }

  /** Where a path leads, if there is something and it is inside: links out of the folder count only into safe ones. */
  private async locate(mount: Mount, path: string): Promise<{ root: string; path: string } | undefined> {
    const rest = mount.keep ? path : path.slice(mount.prefix.length)
    const decoded = decode(rest)
    if (decoded === undefined) return undefined
    try {
      const root = await realpath(mount.target)
      const real = await realpath(join(mount.target, decoded))
      if (real === root && rest === '')
        return { root: resolve(root, '..'), path: encodeURI(root.slice(root.lastIndexOf(sep))) }
      const inside = [root, ...this.safe].some((folder) => real === folder || real.startsWith(folder + sep))
      return inside ? { root: mount.target, path: rest || '/' } : undefined
    } catch {
      // Not there, or not for us: the application answers, as with uWSGI.
      return undefined
    }
  }

  private send(
    found: { root: string; path: string },
    request: IncomingMessage,
    response: ServerResponse,
    otherwise: () => void,
  ): void {
    const expiry = this.expiries.find(({ pattern }) => pattern.test(pathOf(request.url ?? '')))
    const stream = send(request, found.path, {
      root: found.root,
      index: this.index.length > 0 ? this.index : false,
      dotfiles: 'ignore',
      maxAge: (expiry?.seconds ?? 0) * 1000,
      cacheControl: expiry !== undefined,
    })
    stream.on('error', (error: { status?: number }) => {
      const status = error.status ?? 500
      if (status === 404) otherwise()
      else refuse(response, status)
    })
    // A folder without an index is nobody's file.
    if (this.index.length === 0) stream.on('directory', otherwise)
    stream.pipe(response)
  }
}

function parseExpiry(text: string): Expiry {
  const [, pattern, seconds] = /^(.*\S)[\s=]+(\d+)$/.exec(text.trim()) ?? []
  try {
    if (pattern !== undefined) return { pattern: new RegExp(pattern), seconds: Number(seconds) }
  } catch (cause) {
    throw new PosternError('STATIC_BAD_EXPIRES', { entry: text }, { cause })
  }
  throw new PosternError('STATIC_BAD_EXPIRES', { entry: text })
}

const isUnder = (path: string, prefix: string): boolean =>
  path.startsWith(prefix) && (path.length === prefix.length || prefix === '' || path[prefix.length] === '/')

const pathOf = (url: string): string => url.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/, 1)[0] as string

function decode(path: string): string | undefined {
  try {
    const decoded = decodeURIComponent(path)
    return decoded.includes('\0') ? undefined : decoded
  } catch {
    // No UTF-8: no file of ours.
    return undefined
  }
}

function refuse(response: ServerResponse, status: number): void {
  const body = `${status}\n`
  response.statusCode = status
  response.setHeader('Content-Type', 'text/plain; charset=utf-8')
  response.setHeader('Content-Length', body.length)
  response.end(body)
}
