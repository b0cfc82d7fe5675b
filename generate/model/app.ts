// The applications: gateway.json's options, the way nginx reaches the gateway, and what it tells it.

import { isAbsolute, join, resolve } from 'node:path'
import type { App } from '../../config/schema/apps.ts'
import type { SiteConfig } from '../../config/schema/site.ts'
import { PosternError } from '../../errors.ts'
import type { GatewayOptionsInput } from '../../gateway/options.ts'
import { expr } from '../arg.ts'
import { type Line, line, literal, type Section, section, type Upstream } from '../site.ts'
import { atLeast } from '../target.ts'
import type { Facts } from './facts.ts'
import type { Names } from './names.ts'

export type NamedApp = { name: string; app: App }

/** The applications by name; one without a name is called main. */
export function appsOf(config: SiteConfig): NamedApp[] {
  if (config.app) return [{ name: 'main', app: config.app }]
  return Object.entries(config.apps ?? {}).map(([name, app]) => ({ name, app }))
}

const socketLimit = 107

export function gatewaySocket(runDir: string): string {
  const path = join(runDir, 'gateway.sock')
  const size = Buffer.byteLength(path)
  if (size > socketLimit) throw new PosternError('GENERATE_SOCKET_TOO_LONG', { path, size })
  return path
}

/** gateway.json. */
export function gatewayOptionsOf(
  config: SiteConfig,
  facts: Facts,
  names: Names,
): GatewayOptionsInput | undefined {
  const apps = appsOf(config)
  const [first] = apps
  if (first === undefined) return undefined
  const { runDir } = names
  const base: GatewayOptionsInput = {
    ...config.gateway,
    socket: [gatewaySocket(runDir)],
    'run-dir': runDir,
    ...(facts.root && config.gateway['chown-socket'] === undefined ? { 'chown-socket': names.user } : {}),
  }
  const single = apps.length === 1 && first.app.at === '/'
  return {
    ...base,
    ...interpreterOf(first, facts, config),
    ...(single ? oneApp(first, facts) : mounts(apps, facts)),
  }
}

function interpreterOf({ name, app }: NamedApp, facts: Facts, config: SiteConfig): GatewayOptionsInput {
  const project = resolve(facts.folder, app.project)
  const python = facts.django[name]?.python ?? app.python
  return {
    chdir: project,
    pythonpath: [project, ...(config.gateway.pythonpath ?? [])],
    ...(python ? { python } : {}),
    ...(app.home ? { home: resolve(project, app.home) } : {}),
    env: { ...config.gateway.env, ...app.env },
  }
}

function oneApp({ name, app }: NamedApp, facts: Facts): GatewayOptionsInput {
  if (app.kind === 'django') return { module: facts.django[name]?.module ?? app.module }
  const callable = app.callable ? { callable: app.callable } : {}
  if (app.module) return { module: app.module, ...callable }
  return { 'wsgi-file': fileOf(app.file as string, app.project, facts), ...callable }
}

const fileOf = (file: string, project: string, facts: Facts): string =>
  isAbsolute(file) ? file : resolve(facts.folder, project, file)

function mounts(apps: NamedApp[], facts: Facts): GatewayOptionsInput {
  const mount = apps.map(({ name, app }) => {
    const at = app.at === '/' ? '/' : app.at.slice(0, -1)
    const one = oneApp({ name, app }, facts)
    const target = one.module ?? (one['wsgi-file'] as string)
    return `${at}=${target}${one.callable && !target.includes(':') ? `:${one.callable}` : ''}`
  })
  return { mount }
}

export function gatewayUpstream(names: Names): Upstream {
  return {
    why: 'The gateway, over kept connections: connecting for every request would cost more than a small view does.',
    name: names.upstream,
    lines: [
      literal('server', `unix:${gatewaySocket(names.runDir)}`, 'max_fails=0'),
      literal('keepalive', 64),
      literal('keepalive_requests', 100_000),
    ],
  }
}

/** How long nginx waits for a byte of the application. */
export function appTimeoutMs(config: SiteConfig): number {
  const harakiri = config.gateway.harakiri ?? 0
  return config.timeouts.app ?? (harakiri > 0 ? harakiri * 1000 + 5000 : 65_000)
}

/** The lines that hand a request to an application of the gateway. */
export function passSections(config: SiteConfig, facts: Facts, names: Names, scriptName: string): Section[] {
  const seconds = Math.ceil(appTimeoutMs(config) / 1000)
  return [
    section(
      'FastCGI over kept connections: parameters arrive parsed, out of the client’s reach, with a real end.',
      literal('fastcgi_pass', names.upstream),
      literal('fastcgi_keep_conn', 'on'),
      literal('fastcgi_socket_keepalive', 'on'),
    ),
    section(
      'A head of Django with its cookies fits in 16k; a slow client never holds a worker.',
      literal('fastcgi_buffer_size', '16k'),
      literal('fastcgi_buffers', 16, '16k'),
      literal('fastcgi_busy_buffers_size', '32k'),
      literal('fastcgi_max_temp_file_size', '1024m'),
    ),
    section(
      'A little longer than the gateway itself allows, so that its answer wins.',
      literal('fastcgi_connect_timeout', '5s'),
      literal('fastcgi_send_timeout', '60s'),
      literal('fastcgi_read_timeout', `${seconds}s`),
      literal('fastcgi_next_upstream', 'error', 'timeout'),
      literal('fastcgi_next_upstream_tries', 2),
    ),
    section(
      'What the application may believe: only what nginx itself knows.',
      ...cgiParams(facts, names, scriptName),
    ),
  ]
}

function cgiParams(facts: Facts, names: Names, scriptName: string): Line[] {
  const always = (name: string, value: string): Line => line('fastcgi_param', name, expr(value))
  const present = (name: string, value: string): Line =>
    line('fastcgi_param', name, expr(value), 'if_not_empty')
  const gone = (name: string): Line => line('fastcgi_param', name, '', 'if_not_empty')
  const host = atLeast(facts.target.version, '1.29.3')
    ? '$host$is_request_port$request_port'
    : `$host$${names.hostPort}`
  return [
    always('REQUEST_METHOD', '$request_method'),
    always('REQUEST_URI', '$request_uri'),
    line('fastcgi_param', 'SCRIPT_NAME', scriptName),
    always('DOCUMENT_URI', '$document_uri'),
    always('QUERY_STRING', '$query_string'),
    always('CONTENT_TYPE', '$content_type'),
    always('CONTENT_LENGTH', '$content_length'),
    always('SERVER_PROTOCOL', '$server_protocol'),
    always('REQUEST_SCHEME', '$scheme'),
    present('HTTPS', '$https'),
    always('REMOTE_ADDR', '$remote_addr'),
    always('REMOTE_PORT', '$remote_port'),
    // Without auth_basic $remote_user is whatever the client's Authorization header claims.
    gone('REMOTE_USER'),
    always('SERVER_ADDR', '$server_addr'),
    always('SERVER_PORT', '$server_port'),
    always('SERVER_NAME', '$server_name'),
    always('HTTP_HOST', host),
    always('HTTP_X_FORWARDED_FOR', '$remote_addr'),
    always('HTTP_X_FORWARDED_PROTO', '$scheme'),
    always('HTTP_X_REQUEST_ID', '$request_id'),
    ...['FORWARDED', 'X_FORWARDED_HOST', 'X_FORWARDED_PORT', 'X_FORWARDED_PREFIX', 'X_REAL_IP', 'PROXY'].map(
      (name) => gone(`HTTP_${name}`),
    ),
  ]
}
