// A real nginx in a temporary prefix, on Unix sockets only: no ports, no races, nothing left behind.
// POSTERN_TEST_LEAVE=1 keeps the folder, POSTERN_TEST_LOG=1 prints error.log at the end.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { tied } from './tied.ts'

/** scripts/engines.ts sets POSTERN_TEST_NGINX and POSTERN_TEST_NGINX_MODULES to try another release's nginx. */
export const nginxBinary = [
  process.env.POSTERN_TEST_NGINX ?? '/usr/sbin/nginx',
  '/usr/local/sbin/nginx',
  '/usr/bin/nginx',
].find((path) => existsSync(path))
export const njsModule = [
  process.env.POSTERN_TEST_NGINX_MODULES ?? '/usr/lib/nginx/modules',
  '/usr/lib64/nginx/modules',
]
  .map((dir) => join(dir, 'ngx_http_js_module.so'))
  .find((path) => existsSync(path))

/** Missing nginx is a skip with a reason locally and a failure in CI. */
export function nginxOrSkip(t: ExecutionContext): boolean {
  if (nginxBinary) return true
  if (process.env.CI) t.fail('nginx is not installed')
  else t.log('skipped: nginx is not installed')
  t.pass()
  return false
}

export type Reply = {
  status: number
  headers: IncomingHttpHeaders
  rawHeaders: string[]
  body: Buffer
  text: string
}
export type Ask = { method?: string; headers?: Record<string, string | string[]>; body?: Buffer | string }

/** One request over a Unix socket (or `host:port`); rejects when the response is cut. */
export function ask(address: string, path: string, options: Ask = {}): Promise<Reply> {
  const [host, port] = address.startsWith('/') ? [] : address.split(':')
  const target = host === undefined ? { socketPath: address } : { host, port: Number(port) }
  const head = { path, method: options.method ?? 'GET', headers: { host: 'localhost', ...options.headers } }
  return new Promise((resolve, reject) => {
    const request = httpRequest({ ...target, ...head, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const body = Buffer.concat(chunks)
        const { statusCode, headers, rawHeaders } = response
        resolve({ status: statusCode ?? 0, headers, rawHeaders, body, text: body.toString() })
      })
    })
    request.on('error', reject)
    request.end(options.body)
  })
}

function opens(path: string | number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = typeof path === 'string' ? connect(path) : connect(path, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** Resolves when something accepts connections there (a path, or a port of this machine); rejects when `dead` says that nothing ever will. */
export async function listening(path: string | number, dead: () => string | undefined): Promise<void> {
  for (;;) {
    const why = dead()
    if (why !== undefined) throw new Error(why)
    if (await opens(path)) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

export type Nginx = {
  /** The temporary prefix; `front` is the Unix socket on which nginx listens. */
  prefix: string
  front: string
  ask(path: string, options?: Ask): Promise<Reply>
  errorLog(): string
  reload(): void
  /** Stops it and throws when error.log holds an alert or an emerg. */
  stop(): Promise<void>
}

/** Fragments of one configuration; `%PREFIX%` is replaced in all of them. */
export type NginxPage = {
  /** Main level, e.g. load_module. */
  main?: string
  /** Inside `http { … }`, besides the server, e.g. upstreams. */
  http?: string
  /** Inside `server { listen unix:%PREFIX%/front.sock; … }`. */
  server?: string
  files?: Record<string, string>
  prefix?: string
}

const folders: string[] = []
// What a test does not remove itself goes with the process that ran it.
process.once('exit', () => {
  if (process.env.POSTERN_TEST_LEAVE) return
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A new folder under /tmp that nginx's unprivileged workers can enter. */
export function tempFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `postern-${name}-`))
  chmodSync(folder, 0o755)
  folders.push(folder)
  return folder
}

export function nginxConf(page: NginxPage, prefix: string): string {
  const user = process.getuid?.() === 0 ? 'user root;\n' : ''
  // Set by scripts/engines.ts for njs >= 0.9: the other engine.
  const engine = process.env.POSTERN_TEST_JS_ENGINE
  const js = engine && page.main?.includes('js_module') ? `js_engine ${engine};` : ''
  const server = page.server === undefined ? '' : `server { listen unix:%PREFIX%/front.sock; ${page.server} }`
  return `${user}daemon off; worker_processes 1; pid nginx.pid; error_log error.log info;
${page.main ?? ''}
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path temp/body; proxy_temp_path temp/proxy; fastcgi_temp_path temp/fastcgi;
  uwsgi_temp_path temp/uwsgi; scgi_temp_path temp/scgi;
  ${js}
  ${page.http ?? ''}
  ${server}
}
`.replaceAll('%PREFIX%', prefix)
}

/** Starts nginx with this page of configuration and waits until it accepts connections. */
export async function startNginx(page: NginxPage): Promise<Nginx> {
  const prefix = page.prefix ?? tempFolder('nginx')
  mkdirSync(join(prefix, 'temp'), { recursive: true })
  for (const [name, text] of Object.entries(page.files ?? {})) writeFileSync(join(prefix, name), text)
  writeFileSync(join(prefix, 'nginx.conf'), nginxConf(page, prefix))
  return runNginx(prefix, 'nginx.conf', join(prefix, 'front.sock'), join(prefix, 'error.log'))
}

/** Runs `nginx -p prefix -c conf` in the foreground (`daemon off` in the file, or given by `extra`). */
export async function runNginx(
  prefix: string,
  conf: string,
  front: string,
  log: string,
  extra: string[] = [],
  binary = nginxBinary as string,
): Promise<Nginx> {
  const args = ['-p', prefix, '-e', 'stderr', '-c', conf, ...extra]
  const [file, ...rest] = tied([binary, ...args], 'TERM') as [string, ...string[]]
  const child: ChildProcess = spawn(file, rest, {
    cwd: prefix,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr?.on('data', (chunk) => {
    stderr += chunk
  })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const errorLog = () => stderr + (existsSync(log) ? readFileSync(log, 'utf8') : '')
  await listening(front, () => (child.exitCode === null ? undefined : `nginx did not start: ${errorLog()}`))
  return {
    prefix,
    front,
    ask: (path, options) => ask(front, path, options),
    errorLog,
    reload: () => void child.kill('SIGHUP'),
    async stop() {
      if (child.exitCode === null) child.kill('SIGTERM')
      await gone
      const text = errorLog()
      if (process.env.POSTERN_TEST_LOG) process.stderr.write(text)
      if (!process.env.POSTERN_TEST_LEAVE) rmSync(prefix, { recursive: true, force: true })
      const bad = text.split('\n').filter((line) => /\[(alert|emerg)\]/.test(line))
      if (bad.length > 0) throw new Error(`nginx complained:\n${bad.join('\n')}`)
    },
  }
}

/** `nginx -t` under a memory limit (njs 0.8.9 can eat all of it): undefined when it passes, else its words. */
export function nginxTest(prefix: string, conf: string): string | undefined {
  const command = `ulimit -v 4000000; exec ${nginxBinary} -t -q -e stderr -p "$1" -c "$2"`
  try {
    execFileSync('/bin/sh', ['-c', command, 'sh', prefix, conf], { stdio: 'pipe', timeout: 20_000 })
    return undefined
  } catch (error) {
    return String((error as { stderr?: Buffer }).stderr ?? error)
  }
}
