// A Django settings file, read and not run: what a linter may look at without being told to. Knows the reader script
// and finds settings files; what it cannot be sure of it leaves unknown.

import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type DjangoFacts, settingsFacts } from './django.ts'
import { packageRoot } from './package-root.ts'

export type SourceFacts = Omit<DjangoFacts, 'python' | 'settingsModule' | 'settingsFromOutside' | 'versions'>
export type Source = { facts: SourceFacts; unknown: Set<string> } | { error: string }

const limitMs = 15_000
const outputLimit = 1 << 20

/** What the settings file says; `error` when there is no Python, or the file is none. */
export function readDjangoSource(path: string): Promise<Source> {
  const script = join(packageRoot, 'config/python/settings_source.py')
  return new Promise((done) => {
    execFile(
      process.env.POSTERN_PYTHON ?? 'python3',
      ['-I', '-B', script, path],
      { timeout: limitMs, maxBuffer: outputLimit },
      (failed, stdout) => {
        if (failed) return done({ error: failed.message.split('\n')[0] as string })
        const said = JSON.parse(stdout) as {
          settings?: Record<string, unknown>
          unknown?: string[]
          error?: string
        }
        if (said.settings === undefined) return done({ error: said.error ?? 'nothing was read' })
        done({ facts: settingsFacts(said.settings, undefined), unknown: new Set(said.unknown) })
      },
    )
  })
}

/** The settings file of a project: the one that manage.py names, or the only settings.py there is. */
export function findSettings(folder: string): string | undefined {
  const manage = join(folder, 'manage.py')
  if (existsSync(manage)) {
    const named = /DJANGO_SETTINGS_MODULE['"]\]?\s*[,=]\s*['"]([\w.]+)['"]/.exec(
      readFileSync(manage, 'utf8'),
    )?.[1]
    const stem = named === undefined ? undefined : join(folder, ...named.split('.'))
    const found = stem === undefined ? undefined : [`${stem}.py`, join(stem, '__init__.py')].find(existsSync)
    if (found !== undefined) return found
  }
  const here = join(folder, 'settings.py')
  if (existsSync(here)) return here
  const below = foldersOf(folder)
    .map((name) => join(folder, name, 'settings.py'))
    .filter(existsSync)
  return below.length === 1 ? below[0] : undefined
}

function foldersOf(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((one) => one.isDirectory())
      .map((one) => one.name)
  } catch {
    return []
  }
}
