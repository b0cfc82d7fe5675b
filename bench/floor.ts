// The floor of a case: CPU time of the application itself, called in-process without any server.

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { type App, python } from './servers.ts'

/** CPU microseconds per request. */
export function floorMicros(app: App, path: string, seconds: number): number {
  const script = join(import.meta.dirname, 'apps/floor.py')
  return Number(
    execFileSync(python, [script, app.folder, app.module, path, String(seconds)], { encoding: 'utf8' }),
  )
}
