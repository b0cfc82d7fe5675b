// `static-map` and its kin: files served by the HTTP listener itself, where no nginx stands in front. The library `send`
// knows ranges, validators and types; here is which file, whether it may be served, and for how long it may be cached.

import { statSync } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { basename, dirname, extname, join, resolve, sep } from 'node:path'
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

/** A place to look in: `folder` for what follows `prefix`, or one file for exactly `prefix`. */
type Mount = { prefix: string; folder: string; file?: string; checked: boolean }

/** What a project's own folder holds beside files for everybody. */
const sourceExtensions = new Set(['.py', '.pyc', '.pyo', '.pyd', '.sqlite3', '.ini'])

export class StaticMap {
  private readonly mounts: Mount[]
  private readonly indexes: readonly string[]
  private readonly safe: readonly string[]
  private readonly ages: { pattern: RegExp; seconds: number }[]

  /** `/static=/srv/site/static` entries; the longest prefix wins, `check-static` comes last. */
  constructor(options: StaticOptions) {
    this.mounts = [
      ...[
        ...(options['static-map'] ?? []).map((entry) => readMount(entry, false)),
        ...(options['static-map2'] ?? []).map((entry) => readMount(entry, true)),
      ].sort((a, b) => b.prefix.length - a.prefix.length),
      ...(options['check-static'] ?? []).map((folder) => ({
        prefix: '',
        folder: resolve(folder),
        checked: true,
      })),
    ]
    this.indexes = options['static-index'] ?? []
    this.safe = (options['static-safe'] ?? []).map((folder) => resolve(folder))
    this.ages = (options['static-expires'] ?? []).map(readAge)
  }

  /** True: answered or being answered. `otherwise` is called when there is no such file: the application's turn. */
  serve(request: IncomingMessage, response: ServerResponse, otherwise: () => void): boolean {
    if (this.mounts.length === 0 || (request.method !== 'GET' && request.method !== 'HEAD')) return false
    const path = pathOf(request.url ?? '')
    const mounts = this.mounts.filter((mount) => covers(mount, path))
    if (mounts.length === 0) return false
    this.find(mounts, path).then(
      (found) => {
        if (found === undefined) otherwise()
        else if (found.redirect) redirect(response, found.redirect)
        else this.send(request, response, path, found.file, otherwise)
      },
      () => refuse(response, 500),
    )
    return true
  }

  private async find(
    mounts: readonly Mount[],
    path: string,
  ): Promise<{ file: string; redirect?: string } | undefined> {
    for (const mount of mounts) {
      const rest = decode(path.slice(mount.prefix.length))
      if (rest === undefined || hasHiddenPart(rest)) continue
      const file = mount.file ?? join(mount.folder, rest)
      const found = await this.allowed(mount, file)
      if (found === 'file' && !(mount.checked && sourceExtensions.has(extname(file)))) return { file }
      if (found !== 'folder') continue
      for (const index of this.indexes) {
        if ((await this.allowed(mount, join(file, index))) !== 'file') continue
        // Relative links of the page need the slash.
        return path.endsWith('/') ? { file: join(file, index) } : { file, redirect: `${path}/` }
      }
    }
    return undefined
  }

  /** What is there, if it is inside the folder (or a safe one) with all symbolic links followed. */
  private async allowed(mount: Mount, file: string): Promise<'file' | 'folder' | undefined> {
    try {
      const [real, root] = await Promise.all([realpath(file), realpath(mount.folder)])
      const inside = [root, ...this.safe].some((folder) => real === folder || real.startsWith(folder + sep))
      if (!inside) return undefined
      const found = await stat(real)
      return found.isFile() ? 'file' : found.isDirectory() ? 'folder' : undefined
    } catch {
      return undefined // not there, or not readable: the application's turn
    }
  }

  private send(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    file: string,
    otherwise: () => void,
  ): void {
    const age = this.ages.find(({ pattern }) => pattern.test(file) || pattern.test(path))?.seconds
    send(request, encodeURIComponent(basename(file)), {
      root: dirname(file),
      index: false,
      dotfiles: 'ignore',
      maxAge: (age ?? 0) * 1000,
    })
      .on('directory', otherwise)
      .on('error', (error: { status?: number; statusCode?: number }) => {
        const status = error.statusCode ?? error.status ?? 500
        if (status === 404) otherwise()
        else refuse(response, status)
      })
      .pipe(response)
  }
}

function readAge(entry: string): { pattern: RegExp; seconds: number } {
  const [, pattern, seconds] = /^(.*\S)[\s=]+(\d+)$/.exec(entry.trim()) ?? []
  try {
    if (pattern !== undefined) return { pattern: new RegExp(pattern), seconds: Number(seconds) }
  } catch (cause) {
    throw new PosternError('STATIC_BAD_EXPIRES', { entry }, { cause })
  }
  throw new PosternError('STATIC_BAD_EXPIRES', { entry })
}

function readMount(entry: string, keepsPrefix: boolean): Mount {
  const at = entry.indexOf('=')
  if (!entry.startsWith('/') || at < 0) throw new PosternError('STATIC_BAD_MAP', { entry })
  const prefix = entry.slice(0, at).replace(/\/+$/, '')
  const target = resolve(entry.slice(at + 1))
  if (statSync(target, { throwIfNoEntry: false })?.isFile()) {
    return { prefix, folder: dirname(target), file: target, checked: false }
  }
  return { prefix, folder: keepsPrefix ? join(target, prefix) : target, checked: false }
}

const covers = ({ prefix, file }: Mount, path: string): boolean =>
  file === undefined
    ? path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === '/')
    : path === prefix

/** undefined: no path of a file. */
function decode(path: string): string | undefined {
  try {
    const text = decodeURIComponent(path)
    return text.includes('\0') || text.split('/').includes('..') ? undefined : text
  } catch {
    return undefined
  }
}

const hasHiddenPart = (path: string): boolean => path.split('/').some((part) => part.startsWith('.'))

const pathOf = (url: string): string => url.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/, 1)[0] as string

function redirect(response: ServerResponse, path: string): void {
  response.statusCode = 301
  // Two slashes at the start would name another host.
  response.setHeader('Location', path.replace(/^\/{2,}/, '/'))
  response.setHeader('Content-Length', 0)
  response.end()
}

function refuse(response: ServerResponse, status: number): void {
  const body = `${status}\n`
  response.statusCode = status
  response.setHeader('Content-Type', 'text/plain; charset=utf-8')
  response.setHeader('Content-Length', body.length)
  response.end(body)
}
