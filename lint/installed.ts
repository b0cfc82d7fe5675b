// Which nginx a configuration is judged for. Asks the installed one for its version, and nothing else of it.

import { spawnSync } from 'node:child_process'
import { PosternError } from '../errors.ts'
import { readVersion } from './model/version.ts'

/** The newest nginx that the rules know about. */
export const LATEST = '1.31.6'
const ASK_LIMIT_MS = 2000

/** The version of the nginx on this machine, if there is one. */
export function installedNginx(): string | undefined {
  for (const command of [
    'nginx',
    '/usr/sbin/nginx',
    '/usr/local/sbin/nginx',
    '/usr/local/nginx/sbin/nginx',
  ]) {
    const { stderr, status } = spawnSync(command, ['-v'], { encoding: 'utf8', timeout: ASK_LIMIT_MS })
    const found = status === 0 ? /nginx\/(\d+\.\d+\.\d+)/.exec(stderr) : null
    if (found !== null) return found[1]
  }
  return undefined
}

/** What `--nginx` says; without it, the installed one, else the newest. */
export function targetVersion(asked: string | undefined): string {
  if (asked === undefined) return installedNginx() ?? LATEST
  if (asked === 'latest') return LATEST
  if (readVersion(asked) === undefined) throw new PosternError('LINT_BAD_VERSION', { value: asked })
  return asked
}
