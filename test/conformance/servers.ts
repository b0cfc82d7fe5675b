// The servers under test, each reached on a Unix socket: postern by four ways, uWSGI and gunicorn directly and behind nginx.

import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type GatewayOptionsInput, startGateway } from '../../gateway/index.ts'
import type { Status } from '../../gateway/outside/status.ts'
import { testLog } from '../helpers/gateway.ts'
import { nginxBinary, startNginx, tempFolder } from '../helpers/nginx.ts'
import { freePort } from '../helpers/up.ts'
import { send } from './client.ts'

const apps = import.meta.dirname
const python = process.env.POSTERN_PYTHON ?? '/usr/bin/python3'

/** `heal` starts a server again that a case has killed or blocked; postern has none, it must survive them all. */
export type Way = { name: string; address: string; direct: boolean; heal?: () => Promise<void> }
export type Started = { ways: Way[]; log(): string; status?(): Status; stop(): Promise<void> }
export type Server = { name: string; version(): string | undefined; start(): Promise<Started> }

const proxy = (socket: string) => `proxy_pass http://unix:${socket}:; proxy_http_version 1.1;
  proxy_set_header Connection ""; proxy_set_header Host $http_host;
  proxy_set_header X-Real-IP 127.0.0.1; proxy_request_buffering off;`

const cgi = (kind: 'fastcgi' | 'uwsgi', socket: string, uri: string) =>
  `${[
    'QUERY_STRING $query_string',
    'REQUEST_METHOD $request_method',
    'CONTENT_TYPE $content_type',
    'CONTENT_LENGTH $content_length',
    'REQUEST_URI $request_uri',
    `PATH_INFO ${uri}`,
    'SERVER_PROTOCOL $server_protocol',
    'REQUEST_SCHEME $scheme',
    'REMOTE_ADDR 127.0.0.1',
    'REMOTE_PORT 4000',
    'SERVER_PORT 80',
    'SERVER_NAME $host',
  ]
    .map((parameter) => `${kind}_param ${parameter};`)
    .join('\n')}
  ${kind}_pass unix:${socket}; ${kind}_request_buffering off;
  ${kind === 'fastcgi' ? 'fastcgi_keep_conn on;' : ''}`

const page = (pass: string, http = '') => ({
  http,
  server: `client_max_body_size 0; merge_slashes off; location / { ${pass} }`,
})

/** nginx keeps its connections, so that workers answer there themselves. */
export const keptWay = 'fastcgi_pass, kept'

/** A gateway with one application, reached directly and through nginx by each protocol, or by those that are named. */
export async function startWays(options: Partial<GatewayOptionsInput>, named?: string[]): Promise<Started> {
  const folder = tempFolder('conform')
  const log = testLog()
  const socket = join(folder, 'gateway.sock')
  const gateway = await startGateway(
    { socket: [socket], http: ['127.0.0.1:0'], 'run-dir': join(folder, 'run'), python, ...options },
    { log },
  )
  const ways: Way[] = [
    {
      name: 'HTTP',
      address: gateway.addresses.find((address) => /:\d+$/.test(address)) as string,
      direct: true,
    },
  ]
  const fronts: Awaited<ReturnType<typeof startNginx>>[] = []
  if (nginxBinary !== undefined) {
    for (const [name, pass] of [
      ['fastcgi_pass', cgi('fastcgi', socket, '$document_uri')],
      ['uwsgi_pass', cgi('uwsgi', socket, '$document_uri')],
      ['proxy_pass', proxy(socket)],
    ] as const) {
      if (named && !named.includes(name)) continue
      const nginx = await startNginx(page(pass))
      fronts.push(nginx)
      ways.push({ name, address: nginx.front, direct: false })
    }
    if (named?.includes(keptWay)) {
      const upstream = `upstream kept { server unix:${socket}; keepalive 4; }`
      const pass = cgi('fastcgi', socket, '$document_uri').replace(`unix:${socket}`, 'kept')
      const nginx = await startNginx(page(pass, upstream))
      fronts.push(nginx)
      ways.push({ name: keptWay, address: nginx.front, direct: false })
    }
  }
  return {
    ways,
    log: () => log.printed,
    status: () => gateway.status(),
    async stop() {
      for (const nginx of fronts) await nginx.stop()
      await gateway.stop(5_000)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** `address`: `127.0.0.1:port` for direct requests, a socket's path behind nginx. */
type Command = (address: string, kind: 'http' | 'nginx') => string[]
type Child = { address: string; said(): string; restart(): Promise<void>; stop(): Promise<void> }

async function startChild(
  name: string,
  folder: string,
  kind: 'http' | 'nginx',
  command: Command,
): Promise<Child> {
  const address = kind === 'http' ? `127.0.0.1:${await freePort()}` : join(folder, 'nginx.sock')
  const [file, ...args] = command(address, kind) as [string, ...string[]]
  let said = ''
  let stop = async (): Promise<void> => {}
  const start = async (): Promise<void> => {
    const child = spawn(file, args, { cwd: apps, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data) => {
        said += data
      })
    stop = async () => {
      if (child.exitCode === null && child.signalCode === null)
        process.kill(-(child.pid as number), 'SIGKILL')
      await gone
      if (kind === 'nginx') rmSync(address, { force: true })
    }
    for (;;) {
      if (child.exitCode !== null) throw new Error(`${name} did not start: ${said}`)
      if (
        kind === 'http' ? (await send(address, { path: '/c/hello' })).answers.length > 0 : existsSync(address)
      )
        break
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  await start()
  return {
    address,
    said: () => said,
    stop: () => stop(),
    async restart() {
      await stop()
      await start()
    },
  }
}

/** A peer: a command that listens on `socket`, once for direct requests and once behind an nginx. */
function peer(
  name: string,
  version: () => string | undefined,
  command: Command,
  pass: (socket: string) => string,
): Server {
  return {
    name,
    version,
    async start() {
      const folder = tempFolder('conform')
      const http = await startChild(name, folder, 'http', command)
      const behind = await startChild(name, folder, 'nginx', command)
      const nginx = await startNginx(page(pass(behind.address)))
      return {
        ways: [
          { name: 'HTTP', address: http.address, direct: true, heal: http.restart },
          { name: 'nginx', address: nginx.front, direct: false, heal: behind.restart },
        ],
        log: () => http.said() + behind.said(),
        async stop() {
          await nginx.stop().catch(() => {})
          await http.stop()
          await behind.stop()
          rmSync(folder, { recursive: true, force: true })
        },
      }
    },
  }
}

function firstLine(file: string, args: string[]): string | undefined {
  try {
    return execFileSync(file, args, { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim()
      .split('\n')[0]
  } catch {
    return undefined
  }
}

const uwsgiPlugin = existsSync('/usr/lib/uwsgi/plugins/python3_plugin.so') ? ['--plugin', 'python3'] : []

export const postern: Server = {
  name: 'postern',
  version: () => JSON.parse(readFileSync(join(apps, '..', '..', 'package.json'), 'utf8')).version,
  start: () => startWays({ module: 'app', chdir: apps }),
}

export const servers: readonly Server[] = [
  postern,
  peer(
    'uWSGI',
    () => firstLine('uwsgi', ['--version']),
    (address, kind) => [
      'uwsgi',
      ...uwsgiPlugin,
      '--master',
      '--need-app',
      '--die-on-term',
      kind === 'http' ? '--http-socket' : '--socket',
      address,
      '--module',
      'app',
      '--buffer-size',
      '65535',
    ],
    (socket) => cgi('uwsgi', socket, '$document_uri'),
  ),
  peer(
    'gunicorn',
    () => firstLine('gunicorn', ['--version'])?.replace(/[^\d.]/g, ''),
    (address, kind) => [
      'gunicorn',
      '-w',
      '1',
      '-b',
      kind === 'http' ? address : `unix:${address}`,
      'app:application',
    ],
    proxy,
  ),
]
