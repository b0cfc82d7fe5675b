// A site built from a site file in a temporary folder and served by a real nginx on a Unix socket.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { type Built, buildSite } from '../../generate/build.ts'
import { type Nginx, runNginx, tempFolder } from './nginx.ts'

export type ServedSite = { folder: string; front: string; built: Built; nginx: Nginx; ask: Nginx['ask'] }

export function writeFiles(folder: string, files: Record<string, string | Buffer>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
}

/** Builds a site; `%FOLDER%` in the site file is its folder. Listens on `unix:<folder>/front.sock` unless it says so. */
export async function buildTemp(
  t: ExecutionContext,
  site: Record<string, unknown>,
  files: Record<string, string | Buffer> = {},
): Promise<{ folder: string; front: string; built: Built }> {
  const folder = tempFolder('site')
  t.teardown(() => {
    if (!process.env.POSTERN_TEST_LEAVE) rmSync(folder, { recursive: true, force: true })
  })
  const front = join(folder, 'front.sock')
  const text = JSON.stringify({ name: 'test', listen: [`unix:${front}`], ...site }).replaceAll(
    '%FOLDER%',
    folder,
  )
  writeFiles(folder, { ...files, 'postern.config.json': text })
  return { folder, front, built: await buildSite({ config: join(folder, 'postern.config.json') }) }
}

/** Builds it and serves it until the test ends, which also checks that nginx had nothing to complain about. */
export async function serveSite(
  t: ExecutionContext,
  site: Record<string, unknown>,
  files: Record<string, string | Buffer> = {},
): Promise<ServedSite> {
  const { folder, front, built } = await buildTemp(t, site, files)
  const log = join(built.out, 'run/log/error.log')
  const nginx = await runNginx(folder, join(built.out, 'nginx.conf'), front, log, ['-g', 'daemon off;'])
  t.teardown(() => nginx.stop())
  return { folder, front, built, nginx, ask: nginx.ask }
}
