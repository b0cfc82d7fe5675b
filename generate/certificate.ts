// Is the site's certificate there? Looks at the disk and says what its author has to do; the model decides what follows.

import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { LoadedSite } from '../config/load.ts'
import { certificatesOf } from './model/tls.ts'

/** Surely not there; a folder that only root may enter says nothing. */
function isMissing(path: string): boolean {
  try {
    statSync(path)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}

const certificatePaths = ({ config, folder }: LoadedSite): string[] =>
  config.tls ? certificatesOf(folder, config.tls).map(({ certificate }) => certificate) : []

const missingCertificate = (loaded: LoadedSite): string | undefined =>
  certificatePaths(loaded).slice(0, 1).find(isMissing)

/** An ACME client will bring it, once nginx answers its authority. */
export const awaitsCertificate = (loaded: LoadedSite): boolean =>
  loaded.config.tls?.acmeChallenges !== undefined && missingCertificate(loaded) !== undefined

export function certificateNotes(loaded: LoadedSite): string[] {
  const { tls, listen, aliases, serverNames } = loaded.config
  const missing = missingCertificate(loaded)
  const webroot = tls?.acmeChallenges && resolve(loaded.folder, tls.acmeChallenges)
  const names = [...(serverNames ?? []).filter((name) => /^[^.*]/.test(name)), ...aliases]
  const certbot =
    `certbot certonly --webroot -w ${webroot} ${names.map((name) => `-d ${name}`).join(' ')}`.trim()
  return [
    ...(webroot && !listen.some((address) => /(?:^|:)80$/.test(address))
      ? ['ACME authorities ask on port 80, where this site does not listen: say listen: [80]']
      : []),
    ...(missing && webroot
      ? [
          `${missing} is not there yet: out/nginx.conf only answers the ACME authority. Start nginx, run ${certbot}, build again and reload`,
        ]
      : []),
    ...[
      ...(missing && !webroot ? [missing] : []),
      ...certificatePaths(loaded).slice(1).filter(isMissing),
    ].map((path) => `${path} is not there: nginx will not start until it is`),
  ]
}
