// Magic variables: `%d`, `%n`, `%k` … in the text of a configuration file, before it is parsed.
// Knows nothing of options. Every line stays a line, so that places stay true.

import { lstatSync, realpathSync } from 'node:fs'
import { userInfo } from 'node:os'
import { basename, dirname, resolve } from 'node:path'
import { PosternError } from '../errors.ts'
import type { Problem, World } from './entry.ts'

/** uWSGI's version as applications and configurations may ask for it. */
export const uwsgiVersion = '2.0.31'

export type Magic = Map<string, string>

/** What holds for every file. */
export function commonMagic(world: World): Magic {
  const user = userInfo()
  const now = Date.now()
  return new Map([
    ['%', '%'],
    ['(', '%('],
    ['v', world.cwd],
    ['h', world.hostname],
    ['k', String(world.cpus)],
    ['t', String(Math.floor(now / 1000))],
    ['T', String(now * 1000)],
    ['V', uwsgiVersion],
    ['[', '\u001b'],
    ['u', String(user.uid)],
    ['U', user.username],
    ['g', String(user.gid)],
    ['b', world.binary],
  ])
}

/** The variables of one file: `path` as it was named, `section` as it was asked for. */
export function fileMagic(path: string, section: string | undefined, world: World): Magic {
  const magic: Magic = new Map([
    ['o', path],
    ['x', section ?? ''],
  ])
  if (path === '-') return magic
  const full = fullPath(resolve(world.cwd, path))
  const name = basename(full)
  const folder = dirname(full)
  const dot = name.lastIndexOf('.')
  magic.set('p', full)
  magic.set('s', name)
  magic.set('d', folder === '/' ? '/' : `${folder}/`)
  magic.set('c', basename(folder))
  magic.set('e', dot < 0 ? '' : name.slice(dot + 1))
  magic.set('n', dot < 0 ? name : name.slice(0, dot))
  magic.set('j', djb33x(full))
  const inode = lstatSync(full, { throwIfNoEntry: false })?.ino
  if (inode !== undefined) magic.set('i', String(inode))
  for (const [index, part] of folder.split('/').filter(Boolean).slice(0, 10).entries()) {
    magic.set(String(index), part)
  }
  return magic
}

/** The upper-case names of the first file. */
export function firstFileMagic(magic: Magic): Magic {
  const upper = [...'odspcenxij'].map((letter) => [letter.toUpperCase(), magic.get(letter) ?? ''] as const)
  return new Map(upper)
}

/** A symbolic link keeps its own name and place; anything else is resolved. */
function fullPath(path: string): string {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return path
  try {
    return realpathSync(path)
  } catch {
    return path // reading it will say what is wrong
  }
}

function djb33x(text: string): string {
  let hash = 5381
  for (const byte of Buffer.from(text)) hash = (((hash << 5) + hash) ^ byte) >>> 0
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(hash)
  return bytes.toString('hex').toUpperCase()
}

/** Substitutes in one file's text. What uWSGI removes silently (`%y`) is removed and told. */
export function substituteMagic(text: string, magic: Magic, file: string, problems: Problem[]): string {
  const lines = text.split('\n')
  return lines
    .map((line, index) => {
      const comment = /^\s*[;#]/.test(line)
      const tell = (found: string) => {
        if (comment) return
        const place = { file, line: index + 1, column: line.indexOf(found) + 1 }
        problems.push({
          severity: 'warning',
          error: new PosternError('UWSGI_LOST_PERCENT', { found }, { place }),
        })
      }
      return line.replace(/%(.)?/gsu, (whole, letter: string | undefined) => {
        // At the end of a line uWSGI removes the line break with it and joins two options into one.
        if (letter === undefined || letter === '\r') {
          tell(whole.trim())
          return whole
        }
        const value = magic.get(letter)
        if (value === undefined && !/[0-9cexi]/i.test(letter)) tell(whole)
        return value ?? ''
      })
    })
    .join('\n')
}
