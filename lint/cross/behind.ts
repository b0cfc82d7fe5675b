// What stands behind nginx, as far as it is known: plain values that the command line fills in. Types only.

import type { Model } from '../model/model.ts'
import type { Statement } from '../model/statement.ts'
import type { Confidence, Edit, Severity } from '../rule.ts'

export type Django = {
  staticUrl?: string | undefined
  staticRoot?: string | undefined
  mediaUrl?: string | undefined
  mediaRoot?: string | undefined
  allowedHosts?: string[] | undefined
  debug?: boolean | undefined
  dataUploadMax?: number | undefined
  proxySslHeader?: [string, string] | undefined
  /** Whether there is a SECURE_PROXY_SSL_HEADER cannot be told. */
  proxySslUnknown?: boolean
  sslRedirect?: boolean | undefined
  /** Headers that Django sends itself, lower case. */
  ownHeaders?: string[] | undefined
  /** The application serves its static files (WhiteNoise). */
  servesStatic?: boolean | undefined
}

export type Speaks = 'uwsgi' | 'http' | 'fastcgi'

/** uWSGI, postern's gateway, gunicorn: the process that owns the socket. */
export type AppServer = {
  name: string
  /** Where its options stand, for messages. */
  from: string
  /** `/run/app.sock`, `127.0.0.1:8000`, `:8000`. */
  sockets: { address: string; speaks: Speaks[] }[]
  harakiriSeconds?: number | undefined
  bufferSize?: number | undefined
  bodyLimit?: number | undefined
  /** Octal mode of its Unix sockets; undefined when it is left to the umask. */
  socketMode?: number | undefined
  socketOwner?: string | undefined
}

export type Behind = { django?: Django; server?: AppServer }

export type CrossReport = (
  at: Statement | undefined,
  message: string,
  said: { word?: number; help: string; severity?: Severity; confidence?: Confidence; fix?: Edit[] },
) => void

export type CrossRule = {
  name: string
  severity: Severity
  summary: string
  why: string
  check(model: Model, behind: Behind, report: CrossReport): void
}
