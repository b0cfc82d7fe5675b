// Which nginx the site is written for: asked of the binary (`nginx -V`), or given. What it can do is read from here by
// the model; nothing else compares versions.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PosternError } from '../errors.ts'

export type Version = [major: number, minor: number, patch: number]

export type Target = {
  version: Version
  /** Folder of dynamic modules. */
  modulesPath: string
  /** Modules present as files, without `ngx_` and `_module.so`. */
  modules: string[]
  /** Built-in parts by their configure flag, e.g. `http_v3_module`. */
  built: string[]
  openssl: Version | undefined
  njs: Version | undefined
  /** Directives this nginx has although its version says otherwise: distributions backport. */
  backports: string[]
}

/** Asked of the binary when its version is too old for them: a line of http { } each. */
const probes: Record<string, { since: string; line: string }> = {
  max_headers: { since: '1.29.8', line: 'max_headers 100;' },
}

/** By version, or because it was tried. */
export const can = (target: Target, directive: string): boolean =>
  atLeast(target.version, probes[directive]?.since ?? '0.0.0') || target.backports.includes(directive)

const run = promisify(execFile)

export const nginxPaths = [
  '/usr/sbin/nginx',
  '/usr/local/sbin/nginx',
  '/usr/bin/nginx',
  '/usr/local/nginx/sbin/nginx',
]

export function findNginx(given?: string): string {
  return given ?? process.env.POSTERN_NGINX ?? nginxPaths.find(existsSync) ?? 'nginx'
}

export function parseVersion(text: string): Version | undefined {
  const found = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text)
  return found ? [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)] : undefined
}

export const atLeast = (have: Version | undefined, want: string): boolean => {
  const wanted = parseVersion(want) as Version
  if (have === undefined) return false
  const index = have.findIndex((part, i) => part !== wanted[i])
  return index < 0 || (have[index] as number) > (wanted[index] as number)
}

export const printVersion = (version: Version): string => version.join('.')

/** Reads `nginx -V`. */
export function parseBuild(output: string): Omit<Target, 'modules' | 'njs' | 'backports'> {
  const flags = [...output.matchAll(/--with-([\w-]+)/g)].map(([, flag]) => flag as string)
  const prefix = /--prefix=(\S+)/.exec(output)?.[1] ?? '/usr/local/nginx'
  return {
    version: parseVersion(/nginx version: \S+?\/(\S+)/.exec(output)?.[1] ?? '') ?? [0, 0, 0],
    modulesPath: /--modules-path=(\S+)/.exec(output)?.[1] ?? join(prefix, 'modules'),
    built: flags,
    openssl: parseVersion(
      /running with OpenSSL (\S+)/.exec(output)?.[1] ?? /built with OpenSSL (\S+)/.exec(output)?.[1] ?? '',
    ),
  }
}

export async function probeTarget(nginx: string): Promise<Target> {
  const output = await run(nginx, ['-V'], { timeout: 5000 }).then(
    ({ stderr }) => stderr,
    (error: Error & { code?: string }) => {
      const reason = error.code === 'ENOENT' ? 'not found' : error.message
      throw new PosternError('GENERATE_NO_NGINX', { nginx, reason }, { cause: error })
    },
  )
  const build = parseBuild(output)
  const [njs, backports] = await Promise.all([njsVersion(), backportsOf(nginx, build.version)])
  return { ...build, modules: modulesIn(build.modulesPath), njs, backports }
}

/** `nginx -t` with one line, under a memory and a time limit, in a folder of its own. */
async function backportsOf(nginx: string, version: Version): Promise<string[]> {
  const unknown = Object.entries(probes).filter(([, { since }]) => !atLeast(version, since))
  if (unknown.length === 0) return []
  const folder = await mkdtemp(join(tmpdir(), 'postern-probe-'))
  try {
    const tried = unknown.map(async ([name, { line }]) => {
      const conf = join(folder, `${name}.conf`)
      const temps = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (kind) => `${kind}_temp_path ${folder}/${kind};`,
      )
      // As root nginx would hand the temporary folders to nobody: they are ours, and go away.
      await writeFile(
        conf,
        `pid ${folder}/pid; events {} http { access_log off; ${temps.join(' ')} ${line} }\n`,
      )
      const args = [
        '-c',
        'ulimit -v 2000000; exec "$@"',
        'sh',
        nginx,
        '-t',
        '-q',
        '-e',
        'stderr',
        '-p',
        folder,
        '-c',
        conf,
      ]
      return run('/bin/sh', args, { timeout: 5000 }).then(
        () => [name],
        () => [],
      )
    })
    return (await Promise.all(tried)).flat()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A target that is not here: what distributions of that version have. */
export function givenTarget(text: string): Target {
  const version = parseVersion(text) as Version
  return {
    version,
    modulesPath: '/usr/lib/nginx/modules',
    modules: ['http_js'],
    built: [...(atLeast(version, '1.25.0') ? ['http_v3_module'] : []), 'http_ssl_module', 'http_v2_module'],
    openssl: atLeast(version, '1.26.3') ? [3, 5, 0] : [3, 0, 0],
    njs: undefined,
    backports: [],
  }
}

/** The modules a generator cares about, by the files that are there. */
function modulesIn(folder: string): string[] {
  return ['http_js', 'http_brotli_static', 'http_zstd_static'].filter((name) =>
    existsSync(join(folder, `ngx_${name}_module.so`)),
  )
}

/** The engine's version by its command, which distributions build from the same source as the module. */
async function njsVersion(): Promise<Version | undefined> {
  const output = await run('njs', ['-v'], { timeout: 5000 }).then(
    ({ stdout, stderr }) => stdout + stderr,
    () => '',
  )
  return parseVersion(output)
}

/** Without the command: the engine that came with this nginx in Debian. */
export function njsOf(target: Pick<Target, 'version' | 'njs'>): Version {
  if (target.njs) return target.njs
  if (atLeast(target.version, '1.29.0')) return [1, 0, 0]
  return atLeast(target.version, '1.25.0') ? [0, 8, 0] : [0, 7, 9]
}
