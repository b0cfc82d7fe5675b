// What a Django project says about itself, asked of its own Python in a subprocess with a time limit. Knows settings
// and interpreters; decides nothing about nginx.

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { PosternError } from '../errors.ts'
import { packageRoot } from './package-root.ts'
import type { DjangoApp } from './schema/apps.ts'

export type DjangoFacts = {
  /** The interpreter that could import Django. */
  python: string
  settingsModule: string
  /** wsgi.py does not set it by itself: the gateway's environment must. */
  settingsFromOutside: boolean
  /** `package.module:callable` for the gateway. */
  module: string | undefined
  staticUrl: string | undefined
  staticRoot: string | undefined
  mediaUrl: string | undefined
  mediaRoot: string | undefined
  allowedHosts: string[]
  debug: boolean
  dataUploadMax: number | undefined
  proxySslHeader: [string, string] | undefined
  sslRedirect: boolean
  hstsSeconds: number
  staticStorage: string | undefined
  /** Response headers Django's SecurityMiddleware and clickjacking middleware send themselves, lower case. */
  ownHeaders: string[]
  versions: { python: string; django: string }
}

const limitMs = 15_000
const outputLimit = 1 << 20

/** Interpreters to try, in order; the first that has Django answers. */
export function interpreters(
  app: Pick<DjangoApp, 'python' | 'home'>,
  project: string,
  env: NodeJS.ProcessEnv = process.env,
): string[] {
  if (app.python !== undefined) return [app.python.includes('/') ? resolve(project, app.python) : app.python]
  if (app.home !== undefined) return [join(resolve(project, app.home), 'bin/python')]
  const virtual = ['.venv', 'venv', 'env'].map((name) => join(project, name, 'bin/python')).filter(existsSync)
  const active = env.VIRTUAL_ENV ? [join(env.VIRTUAL_ENV, 'bin/python')].filter(existsSync) : []
  const told = env.POSTERN_PYTHON ? [env.POSTERN_PYTHON] : []
  return [...virtual, ...active, ...told, 'python3', '/usr/bin/python3'].filter(
    (one, index, all) => all.indexOf(one) === index,
  )
}

/** Asks the project. `project` is absolute. */
export async function readDjango(app: DjangoApp, project: string): Promise<DjangoFacts> {
  if (!existsSync(project)) {
    throw new PosternError('CONFIG_DJANGO_FAILED', {
      python: app.python ?? 'python3',
      project,
      reason: 'there is no such folder',
    })
  }
  const candidates = interpreters(app, project)
  let first: PosternError | undefined
  for (const python of candidates) {
    const answer = await ask(python, app, project)
    if (answer.code === 0) return factsOf(python, answer.said as Answer, app)
    const error = failure(python, project, answer)
    if (answer.code !== 10 && answer.code !== undefined) throw error
    first ??= error
  }
  throw first as PosternError
}

type Answer = {
  settings: Record<string, unknown>
  module: string
  source: 'given' | 'environment' | 'wsgi' | 'manage'
  executable: string
  versions: { python: string; django: string }
}
type Asked = {
  code: number | undefined
  said: Answer | { error?: string; traceback?: string; python?: string }
  stderr: string
}

function failure(python: string, project: string, asked: Asked): PosternError {
  const said = asked.said as { error?: string; traceback?: string; python?: string }
  if (asked.code === undefined)
    return new PosternError('CONFIG_PYTHON_MISSING', { python, reason: said.error ?? 'unknown' })
  const place = lastFrame(said.traceback, project)
  const reason =
    asked.code === 10
      ? `Django is not installed there (Python ${said.python})`
      : (said.error ?? `it ended with code ${asked.code}: ${asked.stderr.trim().split('\n').at(-1)}`)
  return new PosternError('CONFIG_DJANGO_FAILED', { python, project, reason }, place ? { place } : {})
}

/** The deepest frame of a traceback inside the project: where the author has to look. */
function lastFrame(traceback: string | undefined, project: string) {
  const frames = [...(traceback ?? '').matchAll(/File "([^"]+)", line (\d+)/g)]
  const own = frames.filter(([, file]) => file?.startsWith(project)).at(-1)
  return own ? { file: own[1] as string, line: Number(own[2]) } : undefined
}

function ask(python: string, app: DjangoApp, project: string): Promise<Asked> {
  return new Promise((done, fail) => {
    const script = join(packageRoot, 'config/python/django_settings.py')
    const path = [process.env.PYTHONPATH].filter(Boolean).join(delimiter)
    const child = spawn(python, [script, project, app.settings ?? '', app.module ?? ''], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ...app.env,
        PYTHONDONTWRITEBYTECODE: '1',
        ...(path ? { PYTHONPATH: path } : {}),
      },
    })
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      fail(new PosternError('CONFIG_DJANGO_SLOW', { project, seconds: limitMs / 1000 }))
    }, limitMs)
    const output = limited(child.stdio[3] as Readable)
    const stderr = limited(child.stderr as Readable)
    child.stdout?.resume()
    child.once('error', (error) => {
      clearTimeout(timer)
      done({ code: undefined, said: { error: error.message }, stderr: '' })
    })
    child.once('close', async (code) => {
      clearTimeout(timer)
      const said = parse(await output)
      done({ code: code ?? 70, said, stderr: await stderr })
    })
  })
}

async function limited(stream: Readable): Promise<string> {
  return (await text(stream).catch(() => '')).slice(0, outputLimit)
}

function parse(json: string): Asked['said'] {
  try {
    return JSON.parse(json)
  } catch {
    return {}
  }
}

const stringOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

function factsOf(python: string, answer: Answer, app: DjangoApp): DjangoFacts {
  const facts = settingsFacts(answer.settings, answer.module)
  return {
    ...facts,
    python,
    settingsModule: answer.module,
    settingsFromOutside: answer.source !== 'wsgi',
    module: app.module ?? facts.module,
    versions: answer.versions,
  }
}

/** What the values of the settings mean for a site. */
export function settingsFacts(
  s: Record<string, unknown>,
  settingsModule: string | undefined,
): Omit<DjangoFacts, 'python' | 'settingsModule' | 'settingsFromOutside' | 'versions'> {
  const target = stringOf(s.WSGI_APPLICATION)
  const proxy = s.SECURE_PROXY_SSL_HEADER
  return {
    module: target === undefined ? settingsModule && guessedModule(settingsModule) : asTarget(target),
    staticUrl: stringOf(s.STATIC_URL),
    staticRoot: stringOf(s.STATIC_ROOT),
    mediaUrl: stringOf(s.MEDIA_URL),
    mediaRoot: stringOf(s.MEDIA_ROOT),
    allowedHosts: Array.isArray(s.ALLOWED_HOSTS) ? s.ALLOWED_HOSTS.map(String) : [],
    debug: s.DEBUG === true,
    dataUploadMax:
      typeof s.DATA_UPLOAD_MAX_MEMORY_SIZE === 'number' ? s.DATA_UPLOAD_MAX_MEMORY_SIZE : undefined,
    proxySslHeader:
      Array.isArray(proxy) && proxy.length === 2 ? [String(proxy[0]), String(proxy[1])] : undefined,
    sslRedirect: s.SECURE_SSL_REDIRECT === true,
    hstsSeconds: typeof s.SECURE_HSTS_SECONDS === 'number' ? s.SECURE_HSTS_SECONDS : 0,
    staticStorage: storageOf(s),
    ownHeaders: ownHeaders(s),
  }
}

/** `mysite.wsgi.application` -> `mysite.wsgi:application`. */
function asTarget(dotted: string): string {
  const dot = dotted.lastIndexOf('.')
  return dot < 0 ? dotted : `${dotted.slice(0, dot)}:${dotted.slice(dot + 1)}`
}

/** WSGI_APPLICATION may be None: startproject's wsgi.py lies beside settings. */
const guessedModule = (settings: string): string => `${settings.split('.')[0]}.wsgi`

function storageOf(s: Record<string, unknown>): string | undefined {
  const storages = s.STORAGES as Record<string, { BACKEND?: string }> | null
  return stringOf(s.STATICFILES_STORAGE) ?? stringOf(storages?.staticfiles?.BACKEND)
}

function ownHeaders(s: Record<string, unknown>): string[] {
  const middleware = Array.isArray(s.MIDDLEWARE) ? s.MIDDLEWARE.map(String) : []
  const security = middleware.some((name) => name.endsWith('.SecurityMiddleware'))
  const frames = middleware.some((name) => name.endsWith('.XFrameOptionsMiddleware'))
  return [
    ...(security && s.SECURE_CONTENT_TYPE_NOSNIFF === true ? ['x-content-type-options'] : []),
    ...(security && s.SECURE_REFERRER_POLICY ? ['referrer-policy'] : []),
    ...(security && typeof s.SECURE_HSTS_SECONDS === 'number' && s.SECURE_HSTS_SECONDS > 0
      ? ['strict-transport-security']
      : []),
    ...(frames ? ['x-frame-options'] : []),
  ]
}
