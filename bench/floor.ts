// The floor of a case: CPU time of the application itself, called in-process without any server.

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { tempFolder } from '../test/helpers/nginx.ts'
import { type App, appEnv, makeDatabase, python } from './servers.ts'

/** CPU microseconds per request. */
export function floorMicros(app: App, path: string, seconds: number): number {
  const script = join(import.meta.dirname, 'apps/floor.py')
  const folder = tempFolder('bench')
  makeDatabase(app, folder)
  return Number(
    execFileSync(python, [script, app.folder, app.module, path, String(seconds)], {
      encoding: 'utf8',
      env: appEnv(folder),
    }),
  )
}
