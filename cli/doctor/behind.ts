// What stands behind nginx, read from a Django project, a uwsgi.ini or a gateway.json into the cross-checks' own words.

import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { PosternError } from '../../errors.ts'
import type { AppServer, Behind, Django, Speaks } from '../../lint/cross/behind.ts'

export type BehindOptions = { django?: string; settings?: string; uwsgi?: string; gateway?: string }

export async function readBehind(options: BehindOptions): Promise<Behind> {
  const django =
    options.django === undefined ? undefined : await readDjangoFacts(options.django, options.settings)
  const server =
    options.uwsgi !== undefined
      ? await readUwsgi(options.uwsgi)
      : options.gateway !== undefined
        ? readGateway(options.gateway)
        : undefined
  return { ...(django === undefined ? {} : { django }), ...(server === undefined ? {} : { server }) }
}

async function readDjangoFacts(folder: string, settings: string | undefined): Promise<Django> {
  const { readDjango } = await import('../../config/django.ts')
  const app = { settings } as Parameters<typeof readDjango>[0]
  const facts = await readDjango(app, resolve(folder))
  return {
    staticUrl: facts.staticUrl,
    staticRoot: facts.staticRoot,
    mediaUrl: facts.mediaUrl,
    mediaRoot: facts.mediaRoot,
    allowedHosts: facts.allowedHosts,
    debug: facts.debug,
    dataUploadMax: facts.dataUploadMax,
    proxySslHeader: facts.proxySslHeader,
    sslRedirect: facts.sslRedirect,
    ownHeaders: facts.ownHeaders,
    servesStatic: /whitenoise/i.test(facts.staticStorage ?? ''),
  }
}

const SOCKETS: Record<string, Speaks[]> = {
  socket: ['uwsgi'], 'uwsgi-socket': ['uwsgi'], 's': ['uwsgi'], 'http-socket': ['http'], 'fastcgi-socket': ['fastcgi'], http: ['http'], 'http11-socket': ['http'],
} // biome-ignore format: a table
/** uWSGI's own default. */
const BUFFER_SIZE = 4096

async function readUwsgi(path: string): Promise<AppServer> {
  const { readConfiguration } = await import('../../uwsgi/read.ts')
  const { realWorld } = await import('../../uwsgi/world.ts')
  const { entries } = readConfiguration([path], realWorld())
  const last = (...keys: string[]): string | undefined =>
    entries.filter((entry) => keys.includes(entry.key) && !entry.placeholder).at(-1)?.value
  const number = (...keys: string[]): number | undefined => {
    const value = last(...keys)
    return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined
  }
  const mode = last('chmod-socket', 'chmod', 'C')
  const chown = last('chown-socket')
  return {
    name: 'uWSGI',
    from: path,
    sockets: entries.flatMap((entry) => {
      const speaks = SOCKETS[entry.key]
      return speaks === undefined || entry.value === undefined ? [] : [{ address: entry.value, speaks }]
    }),
    harakiriSeconds: number('harakiri', 't'),
    bufferSize: number('buffer-size', 'b') ?? BUFFER_SIZE,
    bodyLimit: number('limit-post'),
    // `chmod-socket` alone means 666.
    socketMode: mode === undefined ? undefined : /^[0-7]{3,4}$/.test(mode) ? Number.parseInt(mode, 8) : 0o666,
    socketOwner: chown ?? last('uid'),
  }
}

function readGateway(path: string): AppServer {
  let options: Record<string, unknown>
  try {
    options = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  } catch (cause) {
    throw new PosternError(
      'LINT_UNREADABLE',
      {
        path,
        problem:
          cause instanceof SyntaxError ? 'it is not JSON' : String((cause as NodeJS.ErrnoException).code),
      },
      { cause },
    )
  }
  const list = (key: string): string[] =>
    Array.isArray(options[key]) ? (options[key] as unknown[]).map(String) : []
  return {
    name: 'postern',
    from: path,
    sockets: [
      ...list('socket').map((address) => ({ address, speaks: ['fastcgi', 'uwsgi', 'http'] as Speaks[] })),
      ...list('http').map((address) => ({ address, speaks: ['http'] as Speaks[] })),
    ],
    harakiriSeconds: typeof options.harakiri === 'number' ? options.harakiri : undefined,
    socketMode: Number.parseInt(String(options['chmod-socket'] ?? '660'), 8),
    socketOwner: typeof options['chown-socket'] === 'string' ? options['chown-socket'] : undefined,
  }
}

/** What lies about in a folder: a project, an ini, a built site. */
export function findBehind(folder: string): BehindOptions & { conf?: string } {
  const there = (name: string): string | undefined =>
    existsSync(join(folder, name)) ? join(folder, name) : undefined
  const conf = there('out/nginx.conf') ?? there('nginx.conf')
  const gateway = there('out/gateway.json')
  const uwsgi =
    gateway === undefined ? (there('uwsgi.ini') ?? there('uwsgi.yaml') ?? there('uwsgi.yml')) : undefined
  return {
    ...(existsSync(join(folder, 'manage.py')) ? { django: folder } : {}),
    ...(uwsgi === undefined ? {} : { uwsgi }),
    ...(gateway === undefined ? {} : { gateway }),
    ...(conf === undefined ? {} : { conf }),
  }
}
