// What answers a request in a location: the handlers, which of them are inherited, what runs before them. Pure.

import { readLocation } from './location.ts'
import type { Statement } from './statement.ts'

export const PASSES = [
  'proxy_pass',
  'uwsgi_pass',
  'fastcgi_pass',
  'scgi_pass',
  'grpc_pass',
  'memcached_pass',
] as const
/** Set the content handler of the very location they stand in; nested locations do not get it. */
export const CONTENT_HANDLERS = [
  ...PASSES,
  'js_content', 'content_by_lua_block', 'content_by_lua_file', 'content_by_lua', 'perl', 'stub_status', 'empty_gif',
  'flv', 'mp4', 'tunnel_pass', 'api', 'dashboard',
] as const // biome-ignore format: a list

const REDIRECTING = /^(?:301|302|303|307|308)$/

export const passOf = (block: Statement): Statement | undefined => {
  for (const name of PASSES) {
    const found = block.first(name)
    if (found !== undefined) return found
  }
  return undefined
}

/** The content handler set in this block itself. */
export const handlerOf = (block: Statement): Statement | undefined => {
  for (const name of CONTENT_HANDLERS) {
    const found = block.first(name)
    if (found !== undefined) return found
  }
  return undefined
}

/** A `return` that no condition stands before. */
export const unconditionalReturn = (block: Statement): Statement | undefined => block.first('return')

/** Not to be reached by a client: named, or `internal`. */
export const isInternal = (location: Statement): boolean =>
  readLocation(location).modifier === '@' || location.has('internal')

/** `return 301 https://…` or `return https://…`: the target; undefined for a body or a bare status. */
export function redirectTarget(at: Statement): { code: number; target: string; word: number } | undefined {
  const [first = '', second] = at.args
  if (second !== undefined)
    return REDIRECTING.test(first) ? { code: Number(first), target: second, word: 1 } : undefined
  if (/^(?:https?:\/\/|\$scheme)/i.test(first)) return { code: 302, target: first, word: 0 }
  return undefined
}

/** A rewrite that answers with a redirect. */
export function isRedirectingRewrite(at: Statement): boolean {
  const [, replacement = '', flag] = at.args
  return flag === 'redirect' || flag === 'permanent' || /^(?:https?:\/\/|\$scheme)/i.test(replacement)
}

export type Target = { scheme: string; host: string; path: string | undefined }

/** The parts of a `*_pass` argument; `path` is what follows the host, undefined when nothing does. */
export function readTarget(pass: Statement): Target {
  const value = pass.arg
  const scheme = /^([a-z]+):\/\//i.exec(value)
  const rest = scheme === null ? value : value.slice(scheme[0].length)
  const unix = /^unix:([^:]*)(?::(.*))?$/.exec(rest)
  if (unix !== null) return { scheme: scheme?.[1] ?? '', host: `unix:${unix[1]}`, path: unix[2] || undefined }
  const cut = /[/?]/.exec(rest)
  const host = cut === null ? rest : rest.slice(0, cut.index)
  return {
    scheme: (scheme?.[1] ?? '').toLowerCase(),
    host,
    path: cut === null ? undefined : rest.slice(cut.index),
  }
}

/** The locations, and the server itself, that a request of this server can end in. */
export const scopesOf = (server: Statement): Statement[] => [server, ...server.below('location')]
