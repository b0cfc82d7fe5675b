// The linter's door to the disk: configurations by path, folder, standard input or `nginx -T` dump. Knows no rules.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { dumpReader, isDump, splitDump } from '../conf/dump.ts'
import { type Conf, loadConf, loadConfText, type Reader } from '../conf/include.ts'
import { decodeSource } from '../conf/source.ts'
import { PosternError } from '../errors.ts'

/** A file larger than this is not a configuration. */
export const MAX_FILE = 16 * 1024 * 1024

export const diskReader: Reader = {
  read: (path) => {
    const stat = statSync(path)
    return stat.isFile() && stat.size <= MAX_FILE ? readFileSync(path) : undefined
  },
  list: (folder) => {
    try {
      return readdirSync(folder)
    } catch {
      return []
    }
  },
}

/** The configurations that a path means: itself, the nginx.conf of a folder, or each *.conf of it on its own. */
export function pathsOf(path: string): string[] {
  let stat: ReturnType<typeof statSync>
  try {
    stat = statSync(path)
  } catch (cause) {
    throw new PosternError('LINT_UNREADABLE', { path, problem: reasonOf(cause) }, { cause })
  }
  if (!stat.isDirectory()) {
    if (stat.size > MAX_FILE)
      throw new PosternError('LINT_UNREADABLE', { path, problem: `it is larger than ${MAX_FILE} bytes` })
    return [path]
  }
  const names = readdirSync(path)
  if (names.includes('nginx.conf')) return [join(path, 'nginx.conf')]
  const files = names.filter((name) => name.endsWith('.conf')).sort()
  if (files.length === 0)
    throw new PosternError('LINT_UNREADABLE', { path, problem: 'the folder has no nginx.conf and no *.conf' })
  return files.map((name) => join(path, name))
}

export function loadPath(path: string): Conf {
  const text = readText(path)
  if (isDump(text)) return loadDump(text)
  // The paths of findings are written as the caller wrote them; includes are resolved against the real folder.
  const conf = loadConf(path, diskReader, { prefix: resolve(path, '..') })
  if (conf === undefined)
    throw new PosternError('LINT_UNREADABLE', { path, problem: 'it is not a regular file' })
  return conf
}

/** Standard input: a dump, or a configuration whose includes are looked for in the current folder. */
export function loadText(text: string, path: string): Conf {
  return isDump(text) ? loadDump(text) : loadConfText(text, path, diskReader, { prefix: process.cwd() })
}

function loadDump(text: string): Conf {
  const files = splitDump(text)
  const main = files[0]
  if (main === undefined)
    throw new PosternError('LINT_UNREADABLE', { path: '-', problem: 'the dump holds no file' })
  return loadConfText(main.text, main.path, dumpReader(files))
}

function readText(path: string): string {
  try {
    return decodeSource(readFileSync(path))
  } catch (cause) {
    throw new PosternError('LINT_UNREADABLE', { path, problem: reasonOf(cause) }, { cause })
  }
}

function reasonOf(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EACCES') return 'permission denied'
  if (code === 'EISDIR') return 'it is a folder'
  return code ?? String(cause)
}
