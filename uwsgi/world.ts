// The real machine as the reader of configurations sees it. The only file in uwsgi/ that touches it.

import { execSync } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync, readFileSync, type Stats, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, hostname } from 'node:os'
import { resolve } from 'node:path'
import { PosternError } from '../errors.ts'
import { maxFileBytes, type World } from './entry.ts'

/** Loaded by the first `for-glob`. */
const globLibrary = (): typeof import('tinyglobby') => createRequire(import.meta.url)('tinyglobby')

/** undefined: not there, or not to be seen (a file where a folder should be, no permission, a NUL in the name). */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

function mayAccess(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}

/** This machine, this directory, this environment. */
export function realWorld(cwd = process.cwd(), env: World['env'] = process.env): World {
  const at = (path: string) => resolve(cwd, path)
  return {
    cwd,
    env,
    hostname: hostname(),
    cpus: availableParallelism(),
    binary: process.argv[1] ?? 'postern',
    readFile(path) {
      if (path === '-') return readFileSync(0, 'utf8')
      const found = statOf(at(path))
      if (found === undefined) throw new PosternError('UWSGI_FILE_MISSING', { path, at: at(path) })
      if (found.isDirectory())
        throw new PosternError('UWSGI_FILE_NOT_READ', { path, reason: 'is a directory' })
      if (found.size > maxFileBytes) {
        throw new PosternError('UWSGI_FILE_NOT_READ', {
          path,
          reason: `is larger than ${maxFileBytes} bytes`,
        })
      }
      try {
        return readFileSync(at(path), 'utf8')
      } catch (cause) {
        const reason = (cause as NodeJS.ErrnoException).code ?? String(cause)
        throw new PosternError('UWSGI_FILE_NOT_READ', { path, reason }, { cause })
      }
    },
    exists: (path) => existsSync(at(path)),
    isFile: (path) => statOf(at(path))?.isFile() ?? false,
    isDirectory: (path) => statOf(at(path))?.isDirectory() ?? false,
    isWritable: (path) => mayAccess(at(path), constants.W_OK),
    isReadable: (path) => mayAccess(at(path), constants.R_OK),
    list(path) {
      if (!statOf(at(path))?.isDirectory()) return []
      const entries = readdirSync(at(path), { withFileTypes: true })
      return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort()
    },
    glob: (pattern) =>
      globLibrary()
        .globSync(pattern, {
          cwd,
          absolute: pattern.startsWith('/'),
          onlyFiles: false,
          dot: false,
          expandDirectories: false,
        })
        .sort(),
    runCommand: (command) => execSync(command, { cwd, env: env as NodeJS.ProcessEnv, encoding: 'utf8' }),
  }
}
