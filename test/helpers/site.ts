// A site built from a site file in a temporary folder and served by a real nginx on a Unix socket.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { startChild } from '../../cli/up/child.ts'
import { untilReady } from '../../cli/up/ready.ts'
import { type Built, buildSite } from '../../generate/build.ts'
import { type Nginx, runNginx, tempFolder } from './nginx.ts'
import { tied } from './tied.ts'

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

type Temp = Pick<ServedSite, 'folder' | 'front' | 'built'>

async function withNginx(
  t: ExecutionContext,
  { folder, front, built }: Temp,
  binary?: string,
): Promise<ServedSite> {
  const log = join(built.out, 'run/log/error.log')
  const nginx = await runNginx(
    folder,
    join(built.out, 'nginx.conf'),
    front,
    log,
    ['-g', 'daemon off;'],
    binary,
  )
  t.teardown(() => nginx.stop())
  return { folder, front, built, nginx, ask: nginx.ask }
}

/** Builds it and serves it until the test ends, which also checks that nginx had nothing to complain about. */
export async function serveSite(
  t: ExecutionContext,
  site: Record<string, unknown>,
  files: Record<string, string | Buffer> = {},
  binary?: string,
): Promise<ServedSite> {
  return withNginx(t, await buildTemp(t, site, files), binary)
}

/** A small WSGI application that says what it was told. */
export const echoApp = `
import json

def application(environ, start_response):
    body = environ['wsgi.input'].read()
    path = environ['SCRIPT_NAME'] + environ['PATH_INFO']
    if path.endswith('/crash'):
        raise RuntimeError('on purpose')
    said = {key: value for key, value in environ.items() if isinstance(value, str)}
    headers = [('Content-Type', 'application/json')]
    if path.endswith('/headers'):
        headers += [('X-Frame-Options', 'DENY'), ('Referrer-Policy', 'no-referrer')]
    start_response('200 OK', headers)
    return [json.dumps({'environ': said, 'body': len(body)}).encode()]
`

/** The same with the site's own gateway from out/ and its application (app.py, echoApp unless given). */
export async function serveApp(
  t: ExecutionContext,
  site: Record<string, unknown> = {},
  files: Record<string, string | Buffer> = {},
  binary?: string,
): Promise<ServedSite> {
  const app = { kind: 'wsgi', file: 'app.py', python: process.env.POSTERN_PYTHON ?? '/usr/bin/python3' }
  const temp = await buildTemp(t, { app, ...site }, { 'app.py': echoApp, ...files })
  const { built } = temp
  const [program, ...rest] = tied([process.execPath, 'gateway.mjs'], 'TERM') as [string, ...string[]]
  const gateway = startChild(program, rest, { cwd: built.out, onLine: () => {} })
  t.teardown(async () => {
    gateway.kill('SIGTERM')
    await gateway.ended
  })
  const socket = join(built.out, 'run/gateway.sock')
  if (!(await untilReady(socket, () => !gateway.running()))) throw new Error(gateway.lastWords())
  return withNginx(t, temp, binary)
}

/** What echoApp was told. */
export const environOf = (reply: { text: string }): Record<string, string> => JSON.parse(reply.text).environ
