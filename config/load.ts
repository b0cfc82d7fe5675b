// Reads a site file: finds it, runs it (TypeScript by esbuild), checks it. Touches the disk and runs the author's own
// code; decides nothing about nginx.

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { BuildFailure, Plugin } from 'esbuild'
import { PosternError } from '../errors.ts'
import { printPath, problemsOf } from './check.ts'
import { originOf } from './origin.ts'
import { packageRoot } from './package-root.ts'
import { placeOf } from './place.ts'
import { type SiteConfig, site } from './schema/site.ts'

export const siteFileNames = ['ts', 'mts', 'mjs', 'js', 'json'].map(
  (extension) => `postern.config.${extension}`,
)

export type LoadedSite = {
  config: SiteConfig
  /** The site file. */
  path: string
  /** Its folder: what relative paths in it are relative to. */
  folder: string
}

/** The site file of a folder. */
export function findSiteFile(folder: string): string {
  const name = siteFileNames.find((candidate) => existsSync(join(folder, candidate)))
  if (name === undefined) throw new PosternError('CONFIG_NOT_FOUND', { folder })
  return join(folder, name)
}

/** `overrides`: what the command line says instead of the site file. */
export async function loadSite(file: string, overrides: Record<string, unknown> = {}): Promise<LoadedSite> {
  const path = resolve(file)
  const said = await runSiteFile(path)
  const plain = typeof said === 'object' && said !== null && !Array.isArray(said)
  const value = plain ? { ...said, ...overrides } : said
  return { config: await checkSite(value, path), path, folder: dirname(path) }
}

/** Checks a value against the schema; `path` is only for messages and places. */
export async function checkSite(value: unknown, path: string): Promise<SiteConfig> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const found = value === undefined ? 'nothing' : Array.isArray(value) ? 'a list' : `a ${typeof value}`
    throw new PosternError('CONFIG_NO_SITE', { path, found })
  }
  const result = site.safeParse(value)
  if (result.success) return result.data
  const problems = problemsOf(site, value, result.error.issues)
  const text = await readFile(path, 'utf8').catch(() => '')
  throw new PosternError(
    'CONFIG_INVALID',
    { path, problems: problems.map((problem) => `${printPath(problem.path)}: ${problem.text}`) },
    { place: placeOf(path, text, problems[0]?.key) },
  )
}

async function runSiteFile(path: string): Promise<unknown> {
  const { code, external } = await bundle(path)
  try {
    const module = external ? await importBeside(path, code) : await importText(code)
    return module.default
  } catch (error) {
    throw error instanceof PosternError ? error : failedWhileRunning(path, code, error)
  }
}

/** `postern` in a site file is this very package, installed or not. */
const posternItself: Plugin = {
  name: 'postern-itself',
  setup(build) {
    const built = join(packageRoot, 'dist/config.mjs')
    const source = join(packageRoot, 'config/define.ts')
    build.onResolve({ filter: /^postern$/ }, () => ({ path: existsSync(source) ? source : built }))
  },
}

async function bundle(path: string): Promise<{ code: string; external: boolean }> {
  const { build } = await import('esbuild')
  try {
    const { outputFiles, metafile } = await build({
      entryPoints: [path],
      bundle: true,
      write: false,
      // Never written: the sources in the map are named as seen from the site's folder, where the bundle is run.
      outfile: join(dirname(path), '.postern.config.mjs'),
      metafile: true,
      sourcemap: 'inline',
      sourcesContent: false,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      packages: 'external',
      plugins: [posternItself],
      logLevel: 'silent',
      define: {
        'import.meta.dirname': JSON.stringify(dirname(path)),
        'import.meta.filename': JSON.stringify(path),
        'import.meta.url': JSON.stringify(pathToFileURL(path).href),
      },
    })
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports)
    const external = imports.some((one) => one.external && !one.path.startsWith('node:'))
    return { code: outputFiles[0]?.text ?? '', external }
  } catch (error) {
    throw unreadable(path, error)
  }
}

function unreadable(path: string, error: unknown): PosternError {
  const first = (error as BuildFailure).errors?.[0]
  const reason = first?.text ?? (error as Error).message
  const at = first?.location
  const place = at ? { file: resolve(at.file), line: at.line, column: at.column + 1 } : undefined
  return new PosternError(
    'CONFIG_UNREADABLE',
    { path, reason },
    { cause: error, ...(place ? { place } : {}) },
  )
}

const importText = async (code: string): Promise<{ default: unknown }> =>
  import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`)

/** Packages are looked up from the site's own folder, so the bundle must lie there while it is imported. */
async function importBeside(path: string, code: string): Promise<{ default: unknown }> {
  const name = `.postern.config.${createHash('sha256').update(code).update(String(process.pid)).digest('hex').slice(0, 12)}.mjs`
  const candidates = [join(dirname(path), name), join(tmpdir(), name)]
  for (const file of candidates) {
    if (
      !(await writeFile(file, code, { mode: 0o600 }).then(
        () => true,
        () => false,
      ))
    )
      continue
    try {
      return await import(pathToFileURL(file).href)
    } finally {
      await unlink(file).catch(() => undefined)
    }
  }
  throw new PosternError('CONFIG_UNREADABLE', {
    path,
    reason: 'neither its folder nor the temporary folder can be written',
  })
}

function failedWhileRunning(path: string, code: string, error: unknown): PosternError {
  const reason = error instanceof Error ? error.message : String(error)
  const place = error instanceof Error ? originOf(path, code, error.stack ?? '') : undefined
  return new PosternError(
    'CONFIG_UNREADABLE',
    { path, reason: `it failed while running: ${reason}` },
    { cause: error, ...(place ? { place } : {}) },
  )
}
