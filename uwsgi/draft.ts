// What a configuration of uWSGI comes to: options of the gateway, settings for nginx, and things the command does
// itself. Filled by the fates, read by serve and migrate. Types and empty values only.

import type { GatewayOptionsInput } from '../gateway/options.ts'
import type { Entry, Problem } from './entry.ts'

/** With the password as it was written: it goes nowhere but through a hash. */
export type User = { name: string; password: string }

/** A route of the site file (config/schema/routes.ts), as far as uWSGI's routes reach. */
export type SiteRoute = {
  path?: string
  matches?: string
  hosts?: string[]
  methods?: string[]
  requestHeaders?: Record<string, string | boolean | { matches: string } | { startsWith: string }>
  redirect?: string
  status?: number
  rewrite?: string
  respond?: { status: number }
  upstream?: string
  /** A file made by htpasswd. */
  password?: string
  /** Who stood in the line itself, for such a file. */
  users?: User[]
  headers?: Record<string, string>
}

/** A line for the generated site: what nginx does better than a WSGI server. */
export type SiteDraft = {
  listen: string[]
  static: { at: string; root: string; keepsMount: boolean }[]
  routes: SiteRoute[]
  headers: Record<string, string>
  upstreams: Record<string, { servers: string[]; protocol: 'http' | 'uwsgi' }>
  /** `limit-post`. */
  body?: number
  certificate?: { address: string; certificate: string; key: string }
  errorPages: Record<string, string>
}

/** What the command line does around the gateway. */
export type ProcessDraft = {
  daemonize?: string
  /** `--stop FILE` and its kin: send a signal and leave. */
  signal?: { name: string; signal: NodeJS.Signals; pidfile: string }
  show?: boolean
  get: string[]
  print: string[]
}

export type Draft = {
  gateway: Partial<Record<string, unknown>> & GatewayOptionsInput
  site: SiteDraft
  process: ProcessDraft
  problems: Problem[]
  /** Lines that only the generated site fulfils. */
  onlyNginx: Entry[]
  /** The place of each option of the gateway that was set, for messages of its schema. */
  places: Map<string, Entry>
  /** The servers `http` shall ask, looked at when all sockets are known. */
  httpTo: Entry[]
  /** `protocol = …` */
  protocol?: string
  /** Files and directories are relative to `chdir`, once it is known. */
  chdir: string | undefined
  cwd: string
}

export const emptyDraft = (cwd: string): Draft => ({
  gateway: {},
  site: { listen: [], static: [], routes: [], headers: {}, upstreams: {}, errorPages: {} },
  process: { get: [], print: [] },
  problems: [],
  onlyNginx: [],
  httpTo: [],
  places: new Map(),
  chdir: undefined,
  cwd,
})
