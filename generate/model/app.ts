// The applications: which there are, gateway.json's options, and how they are reached.

import { isAbsolute, join, resolve } from 'node:path'
import type { App } from '../../config/schema/apps.ts'
import type { SiteConfig } from '../../config/schema/site.ts'
import { PosternError } from '../../errors.ts'
import { memberSocket } from '../../gateway/fleet/share.ts'
import type { GatewayOptionsInput } from '../../gateway/options.ts'
import { literal, type Upstream } from '../site.ts'
import type { Facts } from './facts.ts'
import type { Names } from './names.ts'
import { environmentOf, refuseStrangers } from './together.ts'

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
  refuseStrangers(apps, facts, config)
  const { runDir } = names
  const base: GatewayOptionsInput = {
    ...config.gateway,
    socket: [gatewaySocket(runDir)],
    'run-dir': runDir,
    'body-files': join(runDir, 'temp/client_body'),
    ...(facts.root && config.gateway['chown-socket'] === undefined ? { 'chown-socket': names.user } : {}),
  }
  const single = apps.length === 1 && first.app.at === '/'
  return {
    ...base,
    ...interpreterOf(apps, facts, config),
    ...(single ? oneApp(first, facts) : mounts(apps, facts)),
  }
}

function interpreterOf(apps: NamedApp[], facts: Facts, config: SiteConfig): GatewayOptionsInput {
  const first = apps[0] as NamedApp
  const project = ({ app }: NamedApp) => resolve(facts.folder, app.project)
  const python = apps.map(({ name, app }) => facts.django[name]?.python ?? app.python).find(Boolean)
  const home = apps.find(({ app }) => app.home !== undefined)
  return {
    chdir: config.gateway.chdir ?? project(first),
    pythonpath: [...new Set([...apps.map(project), ...(config.gateway.pythonpath ?? [])])],
    ...(python && config.gateway.python === undefined ? { python } : {}),
    ...(home ? { home: resolve(project(home), home.app.home as string) } : {}),
    env: { ...config.gateway.env, ...environmentOf(apps, facts) },
  }
}

function oneApp({ name, app }: NamedApp, facts: Facts): GatewayOptionsInput {
  if (app.kind === 'django') {
    const module = app.module ?? facts.django[name]?.module
    return module === undefined ? {} : { module }
  }
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

export function gatewayUpstream(config: SiteConfig, names: Names): Upstream {
  const socket = gatewaySocket(names.runDir)
  const gateways = Array.from({ length: Number(config.gateway.gateways ?? 1) }, (_, n) =>
    memberSocket(socket, n + 1),
  )
  return {
    why: 'The gateway, over kept connections: connecting for every request would cost more than a small view does.',
    name: names.upstream,
    lines: [
      ...(gateways.length > 1 ? [literal('least_conn')] : []),
      ...gateways.map((path) => literal('server', `unix:${path}`, 'max_fails=0')),
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
