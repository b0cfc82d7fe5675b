// What the model decides from besides the site file: the nginx that will run it, the Django projects, edge.ts, the machine.

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { BuildFailure } from 'esbuild'
import { type DjangoFacts, readDjango } from '../config/django.ts'
import type { LoadedSite } from '../config/load.ts'
import { PosternError } from '../errors.ts'
import { awaitsCertificate } from './certificate.ts'
import { appsOf } from './model/app.ts'
import type { Facts } from './model/facts.ts'
import { edgeExports } from './njs/edge.ts'
import { findNginx, givenTarget, probeTarget } from './target.ts'

/** Debian, Ubuntu and Alpine; Fedora and RHEL; SUSE; FreeBSD and macOS. */
const trustStores = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

export async function gatherFacts(loaded: LoadedSite, out: string): Promise<Facts> {
  const { config, folder, path } = loaded
  const projects = appsOf(config).map(async ({ name, app }) =>
    app.kind === 'django'
      ? ([name, await readDjango(app, resolve(folder, app.project))] as const)
      : undefined,
  )
  const probing = config.nginx.version
    ? givenTarget(config.nginx.version)
    : probeTarget(findNginx(config.nginx.binary && resolve(folder, config.nginx.binary)))
  const [target, edge, ...django] = await Promise.all([probing, edgeOf(loaded), ...projects])
  return {
    siteFile: path,
    folder,
    out,
    target,
    edge,
    root: process.getuid?.() === 0,
    awaitsCertificate: awaitsCertificate(loaded),
    ipv6: existsSync('/proc/net/if_inet6'),
    trusted: trustStores.find((path) => existsSync(path)),
    django: Object.fromEntries(django.filter((one) => one !== undefined)) as Record<string, DjangoFacts>,
  }
}

/** edge.ts beside the site file, or where the site file says. */
async function edgeOf({ config, folder }: LoadedSite): Promise<Facts['edge']> {
  const path = resolve(folder, config.edge ?? 'edge.ts')
  if (!existsSync(path)) {
    if (config.edge === undefined) return undefined
    throw new PosternError('GENERATE_REFUSED', { key: 'edge', reason: `there is no ${path}` })
  }
  const { handlers, unknown } = await edgeExports(path).catch((error: BuildFailure) => {
    const problems = (error.errors ?? []).map(
      ({ text, location: at }) => `${at ? `${at.file}:${at.line}:${at.column + 1} ` : ''}${text}`,
    )
    throw new PosternError(
      'GENERATE_SCRIPT_PROBLEMS',
      { problems: problems.length > 0 ? problems : [error.message] },
      { cause: error },
    )
  })
  if (unknown.length > 0 || handlers.length === 0) {
    throw new PosternError(
      'GENERATE_REFUSED',
      {
        key: 'edge',
        reason:
          unknown.length > 0
            ? `it exports ${unknown.join(', ')}; known are route, rewrite, headers and respond`
            : 'it exports none of route, rewrite, headers and respond',
      },
      { place: { file: path } },
    )
  }
  return { path, handlers }
}
