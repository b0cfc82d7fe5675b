// Where nginx looks for the file of a path, or who else answers it. Pure: it knows the configuration, not the disk.

import { handlerOf } from './handler.ts'
import { locate, readLocation } from './location.ts'
import { matches } from './regex/matches.ts'
import { readRegex } from './regex/read.ts'
import type { Statement } from './statement.ts'

export type Answer =
  | { kind: 'file'; path: string; by: Statement }
  | { kind: 'pass'; by: Statement }
  | { kind: 'other'; by: Statement }
  | { kind: 'unknown'; by: Statement }

/** What the server does with a plain GET of `path`. */
export function answerTo(server: Statement, path: string): Answer {
  const location = locate(server, path)
  const block = location ?? server
  const alias = location?.effective('alias')
  const tries = block.first('try_files')
  const files = tries?.args.slice(0, -1).some((arg) => /^\$\{?uri\}?$/.test(arg)) === true
  const handler = handlerOf(block)
  if (handler !== undefined && !files) return { kind: 'pass', by: handler }
  if (block.has('return')) return { kind: 'other', by: block.first('return') as Statement }
  if (alias !== undefined && location !== undefined) {
    const file = aliased(alias.arg, location, path)
    return file === undefined ? { kind: 'unknown', by: alias } : { kind: 'file', path: file, by: alias }
  }
  const root = block.effective('root')
  if (tries !== undefined && !files) {
    const last = tries.args.at(-1) ?? ''
    const named = last.startsWith('@') ? server.all('location').find((one) => one.arg === last) : undefined
    const pass = named === undefined ? undefined : handlerOf(named)
    return pass === undefined ? { kind: 'unknown', by: tries } : { kind: 'pass', by: pass }
  }
  if (root === undefined || root.arg.includes('$')) return { kind: 'unknown', by: root ?? block }
  return { kind: 'file', path: root.arg.replace(/\/$/, '') + path, by: root }
}

function aliased(alias: string, location: Statement, path: string): string | undefined {
  const match = readLocation(location)
  if (match.modifier === '=') return alias.includes('$') ? undefined : alias
  if (match.modifier === '' || match.modifier === '^~')
    return alias.includes('$') ? undefined : alias + path.slice(match.path.length)
  const regex = readRegex(match.path, match.modifier === '~*')
  if (regex.js === undefined || !matches(regex, path)) return undefined
  const groups = new RegExp(regex.js.source, regex.js.flags).exec(path)
  if (groups === null) return undefined
  const file = alias.replace(
    /\$\{?(\w+)\}?/g,
    (_, name: string) => groups[Number(name)] ?? groups.groups?.[name] ?? '$',
  )
  return file.includes('$') ? undefined : file
}
