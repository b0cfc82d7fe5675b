// The Site: what the templates are given. Every decision has been made; every key exists (undefined or an empty list
// says "not here"), and asking for one that does not exist is an error. Types and the words to build them.

import type { GatewayOptionsInput } from '../gateway/options.ts'
import type { Expr, Value } from './arg.ts'

export type Site = {
  /** As in the site file. */
  name: string
  /** First part of every variable, zone, upstream and named location; ends with `_`. */
  prefix: string
  /** What nginx this is written for, for the first line of each file. */
  writtenFor: string
  siteFile: string
  main: Main
  http: Http
  /** The http level of the drop-in form: without what an existing nginx has itself. */
  dropIn: Http
  servers: Server[]
  /** The same for postern.conf: in an nginx whose workers may be another user. */
  beside: Server[]
  /** The same for Debian's sites-enabled: beside other sites, the inside included from postern.conf. */
  debian: Server[]
  /** gateway.json; undefined when no application runs here. */
  gateway: GatewayOptionsInput | undefined
}

export type Main = {
  user: string | undefined
  workers: string
  modules: string[]
  pid: string
  errorLog: string
  errorLevel: string
  workerConnections: number
  fileLimit: number
  /** How long workers of the old configuration may finish what they have. */
  shutdown: string
  tempPaths: { directive: string; path: string }[]
}

export type Http = {
  /** What must stand before everything else in our own nginx.conf. */
  first: Section[]
  /** What only our own nginx.conf may set: an existing nginx has its own. */
  own: Section[]
  /** What the drop-in form needs as well. */
  shared: Section[]
  maps: MapBlock[]
  logFormats: LogFormat[]
  upstreams: Upstream[]
  js: JsWiring[]
}

/** One directive. `literal`: nginx looks for no variables in its arguments. */
export type Line = { name: string; args: Value[]; literal: boolean; block: Line[] | undefined }

/** Lines that belong together, and the reason for them, which becomes a comment. */
export type Section = { why: string; lines: Line[] }

export type MapBlock = {
  why: string
  kind: 'map' | 'geo'
  source: Expr | undefined
  variable: string
  /** Looked up again after a rewrite. */
  volatile: boolean
  lines: { key: Value; value: Value }[]
}

export type LogFormat = { why: string; name: string; escape: string; parts: Expr[] }

export type Upstream = { why: string; name: string; lines: Line[] }

export type JsWiring = {
  path: string
  module: string
  file: string
  set: { variable: string; handler: string; why: string }[]
  vars: { variable: string; why: string }[]
}

export type Server = {
  why: string
  /** The words of each `listen`. */
  listens: string[][]
  names: string[]
  /** Only where the server is our own: certificates, protocols. */
  outer: Section[]
  sections: Section[]
  locations: Location[]
  /** This server's inside is also postern.conf. */
  body: boolean
}

export type Match = { modifier: '=' | '^~' | '~' | undefined; path: string }

export type Location = { why: string; match: Match; sections: Section[]; locations: Location[] }

/** A directive in whose strings `$` is an ordinary character wherever nginx would see a variable. */
export const line = (name: string, ...args: Value[]): Line => ({
  name,
  args,
  literal: false,
  block: undefined,
})

/** A directive that knows no variables: `$` in it is nothing special. */
export const literal = (name: string, ...args: Value[]): Line => ({
  name,
  args,
  literal: true,
  block: undefined,
})

/** A directive with a block of directives, such as `if`. */
export const block = (name: string, args: Value[], lines: Line[]): Line => ({
  name,
  args,
  literal: false,
  block: lines,
})

export const section = (why: string, ...lines: (Line | undefined)[]): Section => ({
  why,
  lines: lines.filter((one) => one !== undefined),
})
