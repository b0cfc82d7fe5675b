// What the model must be told about the world: the only input besides the site file. Types only.

import type { DjangoFacts } from '../../config/django.ts'
import type { AssetManifest } from '../assets/types.ts'
import type { EdgeHandler, NjsWiring } from '../njs/types.ts'
import type { Target } from '../target.ts'

export type Facts = {
  /** The site file and its folder, absolute. */
  siteFile: string
  folder: string
  /** The output folder, absolute. */
  out: string
  target: Target
  /** Built by root: nginx will be started by root and must become someone else. */
  root: boolean
  /** The machine can listen on IPv6. */
  ipv6: boolean
  /** Settings of the site's Django projects by the application's name. */
  django: Record<string, DjangoFacts>
  /** The certificate an ACME client keeps is not there yet, and nginx is to answer its challenges first. */
  awaitsCertificate?: boolean
  /** Certificates of the authorities this machine trusts, in one file; undefined: where Debian has them. */
  trusted?: string | undefined
  /** The author's own TypeScript, when there is some. */
  edge: { path: string; handlers: EdgeHandler[] } | undefined
}

/** What has been made for the site before nginx.conf: the compiled scripts and the compressed assets. */
export type Made = {
  wiring: NjsWiring | undefined
  assets: AssetManifest | undefined
}

export const nothingMade: Made = { wiring: undefined, assets: undefined }
