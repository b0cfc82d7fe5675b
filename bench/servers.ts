// The servers that are compared: how each is started behind an nginx of the same settings. No measuring here.

import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { listening, nginxBinary, tempFolder } from '../test/helpers/nginx.ts'

export const python = process.env.POSTERN_PYTHON ?? '/usr/bin/python3'
const apps = join(import.meta.dirname, 'apps')
const gateway = join(import.meta.dirname, '..', 'dist', 'gateway.mjs')

/** `probe`: a path that answers 200 once all is ready. */
export type App = { name: string; module: string; folder: string; probe?: string }
export const plainApp: App = { name: 'plain', module: 'plain', folder: apps }
export const noApp: App = { name: 'files', module: '', folder: apps, probe: '/static/site.css' }
export const djangoApp: App = { name: 'django', module: 'djbench.site', folder: apps }

export type Running = {
  port: number
  /** Root processes by group; CPU and memory are summed over their families. */
  groups: { nginx: number[]; app: number[] }
  stop(): Promise<void>
}

export type Server = {
  name: string
  version: () => string
  /** Fragment for `server { location / { … } }` and for `http { … }`, given the app's socket. */
  location: (socket: string) => string
  http?: (socket: string) => string
  /** Further fragments of the server. */
  server?: () => string
  command?: (app: App, socket: string, processes: number, folder: string) => string[]
  /** Writes a whole nginx.conf of its own into the folder; its path there. */
  whole?: (folder: string, port: number) => string
}

const firstLine = (file: string, args: string[]) =>
  execFileSync('/bin/sh', ['-c', `"$0" "$@" 2>&1 | head -1`, file, ...args])
    .toString()
    .trim()

const httpUpstream = (socket: string) => `upstream app { server unix:${socket}; keepalive 64; }`
const httpLocation = () =>
  'proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; proxy_buffers 8 16k; proxy_buffer_size 16k;'

const fastcgi = (
  bodyFile: string,
) => `fastcgi_pass app; fastcgi_keep_conn on; fastcgi_buffer_size 16k; fastcgi_buffers 8 16k;
  fastcgi_param QUERY_STRING $query_string; fastcgi_param REQUEST_METHOD $request_method;
  fastcgi_param CONTENT_TYPE $content_type if_not_empty; fastcgi_param CONTENT_LENGTH $content_length if_not_empty;
  fastcgi_param REQUEST_URI $request_uri; fastcgi_param SERVER_PROTOCOL $server_protocol;
  fastcgi_param REQUEST_SCHEME $scheme; fastcgi_param REMOTE_ADDR $remote_addr; fastcgi_param REMOTE_PORT $remote_port;
  fastcgi_param SERVER_PORT $server_port; fastcgi_param SERVER_NAME $host; fastcgi_param POSTERN_BODY_FILE ${bodyFile} if_not_empty;`

const gunicorn = (extra: string[]) => (app: App, socket: string, processes: number) => [
  'gunicorn',
  '--chdir',
  app.folder,
  '-w',
  String(processes),
  '-b',
  `unix:${socket}`,
  '--log-level',
  'warning',
  ...extra,
  `${app.module}:application`,
]

/** A style sheet of 40 KiB, with its compressed form, as both static servers have it. */
function writeAsset(folder: string): void {
  mkdirSync(join(folder, 'static'), { recursive: true })
  const text = Array.from(
    { length: 1000 },
    (_, n) => `.rule-${n} { margin: ${n % 17}px; color: #${(n * 7919) % 999} }`,
  ).join('\n')
  writeFileSync(join(folder, 'static/site.css'), text)
  writeFileSync(join(folder, 'static/site.css.gz'), gzipSync(text, { level: 9 }))
}

/** As an expert writes it. */
const plainFiles = (name: string, log: string): Server => ({
  name,
  version: () => firstLine(nginxBinary as string, ['-v']),
  location: () => 'return 404;',
  server: () => `location /static/ { root .; gzip_static on; gzip_vary on; expires 1h; ${log} }`,
  command: (_app, _socket, _processes, folder) => {
    writeAsset(folder)
    return []
  },
})

const generatedFiles = (name: string, logs: object): Server => ({
  name,
  version: () => 'postern',
  location: () => '',
  whole: (folder, port) => {
    writeAsset(folder)
    const site = {
      name: 'bench',
      listen: [`127.0.0.1:${port}`],
      static: [{ at: '/static/', root: 'static' }],
      nginx: { workers: 1 },
      logs,
      unknownHosts: 'serve',
    }
    writeFileSync(join(folder, 'postern.config.json'), JSON.stringify(site))
    execFileSync(process.execPath, [join(gateway, '../../bin/postern.mjs'), 'build', '--quiet'], {
      cwd: folder,
      stdio: 'ignore',
    })
    return 'out/nginx.conf'
  },
})

/** Files only, without a log and with the one each has by default: plain lines against JSON. */
export const staticServers: Server[] = [
  plainFiles('nginx gzip_static', ''),
  generatedFiles('postern static', { access: false }),
  plainFiles('nginx gzip_static, its log', 'access_log files.log combined;'),
  generatedFiles('postern static, its log', {}),
]

export const servers: Server[] = [
  {
    name: 'nginx return 200',
    version: () => firstLine(nginxBinary as string, ['-v']),
    location: () => 'default_type text/plain; return 200 "Hello World";',
  },
  {
    name: 'postern',
    version: () => `postern, Node.js ${process.version}`,
    http: (socket) => `upstream app { server unix:${socket}; keepalive 64; }
      map $http_content_length $stored { default 0; "" 0; "~^[7-9]\\d{4}$" 1; "~^[1-9]\\d{5}" 1; }`,
    // As the generated configuration has it: large bodies are read by the application from nginx's own file.
    location: () => `if ($stored) { return 418; } error_page 418 = @stored; ${fastcgi('""')}`,
    server: () =>
      `location @stored { client_body_in_file_only clean; fastcgi_pass_request_body off; ${fastcgi('$request_body_file')} }`,
    command: (app, socket, processes, folder) => {
      const options = {
        socket: [socket],
        module: app.module,
        chdir: app.folder,
        processes,
        python,
        'run-dir': folder,
        'disable-logging': true,
        'body-files': join(folder, 'temp/body'),
      }
      writeFileSync(join(folder, 'gateway.json'), JSON.stringify(options))
      return [process.execPath, gateway, join(folder, 'gateway.json')]
    },
  },
  {
    name: 'uWSGI',
    version: () => `uWSGI ${firstLine('uwsgi', ['--version'])}`,
    location: (socket) =>
      `include /etc/nginx/uwsgi_params; uwsgi_pass unix:${socket}; uwsgi_buffer_size 16k; uwsgi_buffers 8 16k;`,
    command: (app, socket, processes) => [
      'uwsgi',
      '--plugin',
      'python3',
      '--master',
      '--processes',
      String(processes),
      '--socket',
      socket,
      '--chmod-socket=666',
      '--chdir',
      app.folder,
      '--module',
      `${app.module}:application`,
      '--disable-logging',
      '--listen',
      '1024',
      '--die-on-term',
      '--need-app',
      '--thunder-lock',
      '--single-interpreter',
    ],
  },
  {
    name: 'gunicorn sync',
    version: () => firstLine('gunicorn', ['--version']),
    http: httpUpstream,
    location: httpLocation,
    command: gunicorn([]),
  },
  {
    name: 'gunicorn gthread',
    version: () => firstLine('gunicorn', ['--version']),
    http: httpUpstream,
    location: httpLocation,
    command: gunicorn(['-k', 'gthread', '--threads', '4', '--keep-alive', '75']),
  },
]

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
}

function nginxConf(server: Server, socket: string, port: number): string {
  return `${process.getuid?.() === 0 ? 'user root;\n' : ''}daemon off; worker_processes 1; pid nginx.pid; error_log error.log;
events { worker_connections 4096; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; client_max_body_size 0; client_body_buffer_size 64k;
  client_body_temp_path temp/body; proxy_temp_path temp/proxy; fastcgi_temp_path temp/fastcgi; uwsgi_temp_path temp/uwsgi; scgi_temp_path temp/scgi;
  ${server.http?.(socket) ?? ''}
  server { listen 127.0.0.1:${port}; location / { ${server.location(socket)} } ${server.server?.() ?? ''} }
}
`
}

/** The environment of an application that has its database in `folder`. */
export const appEnv = (folder: string): NodeJS.ProcessEnv => ({
  ...process.env,
  BENCH_DB: join(folder, 'db.sqlite3'),
})

export function makeDatabase(app: App, folder: string): void {
  if (app !== djangoApp) return
  const make =
    'import sys; sys.path.insert(0, sys.argv[1]); from djbench.site import make_database; make_database()'
  execFileSync(python, ['-c', make, app.folder], { env: appEnv(folder) })
}

/** Starts one server and its nginx; resolves when both accept connections. */
export async function start(server: Server, app: App, processes: number): Promise<Running> {
  const folder = tempFolder('bench')
  mkdirSync(join(folder, 'temp'))
  const socket = join(folder, 'app.sock')
  const port = await freePort()
  const conf = server.whole?.(folder, port) ?? 'nginx.conf'
  if (!server.whole) writeFileSync(join(folder, conf), nginxConf(server, socket, port))
  const log: string[] = []
  const launch = (file: string, args: string[]) => {
    const child = spawn(file, args, {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: appEnv(folder),
    })
    child.stdout.on('data', (chunk) => log.push(String(chunk)))
    child.stderr.on('data', (chunk) => log.push(String(chunk)))
    return child
  }
  makeDatabase(app, folder)
  const command = server.command?.(app, socket, processes, folder)
  const backend = command && command.length > 0 ? launch(command[0] as string, command.slice(1)) : undefined
  if (backend)
    await listening(socket, () =>
      backend.exitCode === null ? undefined : `${server.name} did not start:\n${log.join('')}`,
    )
  const nginx = launch(nginxBinary as string, [
    '-p',
    folder,
    '-e',
    'stderr',
    '-c',
    conf,
    ...(server.whole ? ['-g', 'daemon off;'] : []),
  ])
  await answers(`http://127.0.0.1:${port}${app.probe ?? '/'}`, () =>
    nginx.exitCode === null ? undefined : `nginx did not start:\n${log.join('')}`,
  )
  const ended = (child: ReturnType<typeof launch>) =>
    new Promise<void>((resolve) =>
      child.exitCode === null ? child.once('exit', () => resolve()) : resolve(),
    )
  return {
    port,
    groups: { nginx: [nginx.pid as number], app: backend ? [backend.pid as number] : [] },
    async stop() {
      nginx.kill('SIGTERM')
      backend?.kill('SIGTERM')
      await Promise.all([ended(nginx), backend && ended(backend)])
      execFileSync('rm', ['-rf', folder])
    },
  }
}

async function answers(url: string, dead: () => string | undefined): Promise<void> {
  for (;;) {
    const why = dead()
    if (why !== undefined) throw new Error(why)
    const response = await fetch(url).catch(() => undefined)
    await response?.arrayBuffer()
    if (response?.status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
