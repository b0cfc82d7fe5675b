// What stands behind nginx, read from a Django project, a uwsgi.ini or a gateway.json into the cross-checks' own words.

import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { PosternError } from '../../errors.ts'
import type { AppServer, Behind, Django, Speaks } from '../../lint/cross/behind.ts'

export type BehindOptions = { django?: string; settings?: string; uwsgi?: string; gateway?: string }

export async function readBehind(
  options: BehindOptions,
  note: (text: string) => void = () => {},
): Promise<Behind> {
  const django =
    options.django === undefined ? undefined : await readDjangoFacts(options.django, options.settings, note)
  const server =
    options.uwsgi !== undefined
      ? await readUwsgi(options.uwsgi)
      : options.gateway !== undefined
        ? readGateway(options.gateway)
        : undefined
  return { ...(django === undefined ? {} : { django }), ...(server === undefined ? {} : { server }) }
}

/** The project is asked; where it cannot be (no Django here, no manage.py), its settings file is read without running it. */
async function readDjangoFacts(
  path: string,
  settings: string | undefined,
  note: (text: string) => void,
): Promise<Django> {
  const isFile = path.endsWith('.py')
  if (isFile && basename(path) !== 'manage.py') return readSource(path)
  const folder = resolve(isFile ? dirname(path) : path)
  const { readDjango } = await import('../../config/django.ts')
  try {
    return djangoOf(await readDjango({ settings } as Parameters<typeof readDjango>[0], folder))
  } catch (error) {
    const { findSettings } = await import('../../config/django-source.ts')
    const file = settings === undefined ? findSettings(folder) : undefined
    if (file === undefined || !(error instanceof PosternError)) throw error
    const facts = await readSource(file)
    note(`${file} was read, not run: ${(error.facts as { reason?: string }).reason ?? error.message}`)
    return facts
  }
}

export async function readSource(path: string): Promise<Django> {
  const { readDjangoSource } = await import('../../config/django-source.ts')
  const source = await readDjangoSource(resolve(path))
  if ('error' in source) throw new PosternError('LINT_UNREADABLE', { path, problem: source.error })
  const django = djangoOf(source.facts)
  // What is not certain is not judged.
  const hides: Record<string, (keyof Django)[]> = {
    STATIC_URL: ['staticUrl'], STATIC_ROOT: ['staticUrl'], MEDIA_URL: ['mediaUrl'], MEDIA_ROOT: ['mediaUrl'],
    ALLOWED_HOSTS: ['allowedHosts'], MIDDLEWARE: ['ownHeaders'], STATICFILES_STORAGE: [], STORAGES: [], DEBUG: [],
  } // biome-ignore format: a table
  for (const name of source.unknown) for (const key of hides[name] ?? []) delete django[key]
  if (['STATICFILES_STORAGE', 'STORAGES', 'MIDDLEWARE'].some((name) => source.unknown.has(name)))
    django.servesStatic = true
  if (source.unknown.has('DATA_UPLOAD_MAX_MEMORY_SIZE')) django.dataUploadMax = 0
  if (source.unknown.has('SECURE_PROXY_SSL_HEADER')) django.proxySslUnknown = true
  if (source.unknown.has('DEBUG')) django.debug = false
  return django
}

type Facts = Omit<
  Awaited<ReturnType<typeof import('../../config/django.ts').readDjango>>,
  'python' | 'settingsModule' | 'settingsFromOutside' | 'versions'
>

function djangoOf(facts: Facts): Django {
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
const UWSGI_FILES = ['uwsgi.ini', 'uwsgi.yaml', 'uwsgi.yml', 'uwsgi.json']
/** uWSGI's own default. */
const BUFFER_SIZE = 4096

async function readUwsgi(path: string): Promise<AppServer> {
  const { readConfiguration } = await import('../../uwsgi/read.ts')
  const { realWorld } = await import('../../uwsgi/world.ts')
  // A linter reads: `@(exec://…)` is not carried out.
  const world = {
    ...realWorld(),
    runCommand: (command: string): string => {
      throw new PosternError('LINT_UNREADABLE', { path, problem: `it wants to run “${command}”` })
    },
  }
  const { entries } = readConfiguration([path], world)
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

/** What lies beside a configuration, or in the project around its folder; only what can be read without running anything. */
export async function findBeside(
  conf: string,
): Promise<{ settings?: string; uwsgi?: string; gateway?: string }> {
  const { findSettings } = await import('../../config/django-source.ts')
  const own = dirname(resolve(conf))
  const around = dirname(own)
  const there = (name: string): string | undefined =>
    existsSync(join(own, name)) ? join(own, name) : undefined
  const gateway = there('gateway.json')
  const uwsgi = gateway === undefined ? UWSGI_FILES.map(there).find((one) => one !== undefined) : undefined
  const folder = [own, around].find((one) => existsSync(join(one, 'manage.py')))
  const settings = folder === undefined ? there('settings.py') : findSettings(folder)
  const outer =
    uwsgi === undefined && gateway === undefined && folder === around
      ? UWSGI_FILES.map((name) => join(around, name)).find(existsSync)
      : uwsgi
  return {
    ...(settings === undefined ? {} : { settings }),
    ...(outer === undefined ? {} : { uwsgi: outer }),
    ...(gateway === undefined ? {} : { gateway }),
  }
}

/** What lies about in a folder: a project, an ini, a built site. */
export function findBehind(folder: string): BehindOptions & { conf?: string } {
  const there = (name: string): string | undefined =>
    existsSync(join(folder, name)) ? join(folder, name) : undefined
  const conf = there('out/nginx.conf') ?? there('nginx.conf')
  const gateway = there('out/gateway.json')
  const uwsgi = gateway === undefined ? UWSGI_FILES.map(there).find((one) => one !== undefined) : undefined
  return {
    ...(existsSync(join(folder, 'manage.py'))
      ? { django: folder }
      : existsSync(join(folder, 'settings.py'))
        ? { django: join(folder, 'settings.py') }
        : {}),
    ...(uwsgi === undefined ? {} : { uwsgi }),
    ...(gateway === undefined ? {} : { gateway }),
    ...(conf === undefined ? {} : { conf }),
  }
}
