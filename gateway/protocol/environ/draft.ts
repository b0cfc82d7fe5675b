// An environ while it is written, and what its variables have said so far: plain data that the writer and the rules
// beside this file share. Knows no rule.

/** Variables that were not passed on, for status pages and one log line each. */
export type DroppedCounts = { commands: number; oddNames: number; proxies: number; underscores: number }

export type ProtocolName = 'fastcgi' | 'uwsgi' | 'http'

/** One per writer, used again for every request. Offsets point into `source`. */
export class EnvironDraft {
  readonly dropped: DroppedCounts = { commands: 0, oddNames: 0, proxies: 0, underscores: 0 }

  /** What finish() found, valid until the next begin(). -1: no CONTENT_LENGTH. */
  contentLength = -1
  isHead = false
  costKey = 0
  /** The body lies in a file (POSTERN_BODY_FILE); nothing of it comes over the link. */
  hasBodyFile = false

  /** Written: `out[start, at)`. */
  out: Buffer = Buffer.alloc(0)
  start = 0
  at = 0

  source: Buffer = this.out
  protocol: ProtocolName = 'http'
  count = 0
  methodFrom = 0
  methodTo = 0
  uriFrom = 0
  uriTo = 0
  pathFrom = 0
  pathTo = 0
  hasPath = false
  scriptFrom = 0
  scriptTo = 0
  hostFrom = 0
  hostTo = 0
  hasQuery = false
  hasServerName = false
  hasServerPort = false
  hasProtocol = false
  hasRemoteAddr = false
  hasRequestId = false
  /** 0 unknown, 1 http, 2 https; UWSGI_SCHEME before HTTPS before REQUEST_SCHEME. */
  uwsgiScheme = 0
  https = 0
  requestScheme = 0
  repeated: Map<string, string[]> | undefined

  /** Forgets the last request; what was dropped stays counted. */
  clear(): void {
    this.contentLength = -1
    this.isHead = false
    this.hasBodyFile = false
    this.costKey = 0
    this.count = 0
    this.methodFrom = this.methodTo = 0
    this.uriFrom = this.uriTo = 0
    this.pathFrom = this.pathTo = 0
    this.hasPath = false
    this.scriptFrom = this.scriptTo = 0
    this.hostFrom = this.hostTo = 0
    this.hasQuery = false
    this.hasServerName = false
    this.hasServerPort = false
    this.hasProtocol = false
    this.hasRemoteAddr = false
    this.hasRequestId = false
    this.uwsgiScheme = this.https = this.requestScheme = 0
    this.repeated = undefined
  }
}

/** Bytes that are ready. Short ones: a loop is cheaper than a call. */
export function put(draft: EnvironDraft, bytes: Buffer): void {
  const { out, at } = draft
  const length = bytes.length
  for (let i = 0; i < length; i++) out[at + i] = bytes[i] as number
  draft.at = at + length
}
