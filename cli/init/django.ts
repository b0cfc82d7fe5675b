// A Django project in a folder: manage.py, which settings its server runs with, and what they need.

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Found } from './look.ts'
import { read } from './read.ts'

export type DjangoFound = {
  found: Extract<Found, { kind: 'django' }>
  notes: string[]
  /** The settings ask the environment, and nothing in them reads a .env file. */
  readsEnvironment: boolean
}

const settingsName = /DJANGO_SETTINGS_MODULE['"]\s*(?:\]\s*=|,)\s*(?:default\s*=\s*)?['"]([\w.]+)['"]/

export function djangoIn(folder: string, project: string): DjangoFound | undefined {
  const where = join(folder, project)
  const manage = settingsName.exec(read(where, 'manage.py'))?.[1]
  if (manage === undefined) return undefined
  const top = manage.split('.')[0] as string
  const served = settingsName.exec(read(where, `${top}/wsgi.py`))?.[1]
  const settings = served ?? manage
  const differ = served !== undefined && served !== manage
  const name = project === '.' ? 'manage.py' : join(project, 'manage.py')
  const said = `a Django project: ${name}, settings ${settings}${differ ? ` (of ${top}/wsgi.py; manage.py says ${manage})` : ''}`
  return {
    found: { kind: 'django', project, ...(differ ? { settings } : {}), said },
    notes: [...otherSettings(where, settings), ...channels(where, top)],
    readsEnvironment: readsEnvironment(where, settings),
  }
}

/** settings/production.py beside the settings in use: perhaps it is what the server should have. */
function otherSettings(where: string, settings: string): string[] {
  const parts = settings.split('.')
  const folders = [parts.join('/'), parts.slice(0, -1).join('/')]
  return folders.flatMap((path) =>
    ['production', 'prod', 'live'].flatMap((name) => {
      const module = `${path.replaceAll('/', '.')}.${name}`
      if (path === '' || module === settings || !existsSync(join(where, path, `${name}.py`))) return []
      return [`settings ${module} are there too: django({ settings: '${module}' }) takes them`]
    }),
  )
}

/** Every project has an asgi.py; one that routes WebSockets needs a server beside the gateway. */
function channels(where: string, top: string): string[] {
  return /ProtocolTypeRouter|channels\./.test(read(where, `${top}/asgi.py`))
    ? [
        `${top}/asgi.py routes WebSockets: the gateway runs wsgi.py; run an ASGI server beside it and name it in upstreams and routes (websocket: true)`,
      ]
    : []
}

function readsEnvironment(where: string, settings: string): boolean {
  const folder = join(where, settings.split('.').slice(0, -1).join('/'))
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.py')) : []
  const sources = [...files.map((name) => read(folder, name)), read(where, 'manage.py')].join('\n')
  return (
    /\bos\.(environ\b|getenv)|\bfrom os import .*\b(environ|getenv)/.test(
      sources.replace(/^.*DJANGO_SETTINGS_MODULE.*$/gm, ''),
    ) && !/\b(dotenv|environs?|decouple)\b/.test(sources.replace(/\bos\.environ\b/g, ''))
  )
}
