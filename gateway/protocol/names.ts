// The variable names that mean something to the gateway, and how to recognise names without making strings.
// Knows no values and no environ.

export const kinds = {
  plain: 0,
  /** An `HTTP_` name without a rule of its own. */
  header: 1,
  /** Never reaches the application: duplicates of CGI names, hop-by-hop leftovers, httpoxy. */
  drop: 2,
  /** As `drop` from nginx, which has done what the header asks for; kept on HTTP. */
  framing: 3,
  host: 4,
  /** A header that may come only once. */
  single: 5,
  cookie: 6,
  /** X-Request-ID, joined like any header. */
  givenId: 7,
  method: 8,
  requestUri: 9,
  pathInfo: 10,
  scriptName: 11,
  queryString: 12,
  contentType: 13,
  contentLength: 14,
  serverName: 15,
  serverPort: 16,
  serverProtocol: 17,
  https: 18,
  requestScheme: 19,
  uwsgiScheme: 20,
  remoteAddr: 21,
  rawUri: 22,
  /** The file in which nginx has stored the body; the body itself does not come over the link. */
  bodyFile: 23,
  command: 24,
  /** The front server's own id for the request. */
  requestId: 25,
  /** The HTTP listener's; from nginx nobody needs it. */
  ownRequestId: 26,
} as const

const byName: Record<string, number> = {
  // RFC 3875 has these two without HTTP_; a second spelling invites disagreement.
  HTTP_CONTENT_LENGTH: kinds.drop,
  HTTP_CONTENT_TYPE: kinds.drop,
  // httpoxy: libraries take HTTP_PROXY for a proxy setting.
  HTTP_PROXY: kinds.drop,
  HTTP_TRANSFER_ENCODING: kinds.framing,
  HTTP_EXPECT: kinds.framing,
  HTTP_HOST: kinds.host,
  HTTP_AUTHORIZATION: kinds.single,
  HTTP_COOKIE: kinds.cookie,
  HTTP_X_REQUEST_ID: kinds.givenId,
  REQUEST_ID: kinds.requestId,
  POSTERN_REQUEST_ID: kinds.ownRequestId,
  REQUEST_METHOD: kinds.method,
  REQUEST_URI: kinds.requestUri,
  RAW_URI: kinds.rawUri,
  PATH_INFO: kinds.pathInfo,
  SCRIPT_NAME: kinds.scriptName,
  QUERY_STRING: kinds.queryString,
  CONTENT_TYPE: kinds.contentType,
  CONTENT_LENGTH: kinds.contentLength,
  SERVER_NAME: kinds.serverName,
  SERVER_PORT: kinds.serverPort,
  SERVER_PROTOCOL: kinds.serverProtocol,
  HTTPS: kinds.https,
  REQUEST_SCHEME: kinds.requestScheme,
  UWSGI_SCHEME: kinds.uwsgiScheme,
  REMOTE_ADDR: kinds.remoteAddr,
  POSTERN_BODY_FILE: kinds.bodyFile,
}

/** A name that came before, with all that is known of it. */
export type KnownName = {
  readonly bytes: Buffer
  readonly kind: number
  /** The number of the last environ that has it. */
  seen: number
  /** False: there was no room, and the next time it is a stranger again. */
  kept: boolean
}

const SLOTS = 2048
/** Names remembered beside the table's. nginx sends the same few dozen; a stranger's inventions must not fill memory. */
const LEARNED_LIMIT = 512

/**
 * Names by a few of their bytes, so that the usual ones are recognised by one comparison: no string, no hash over all
 * bytes. What was learned stays; a name is found for ever or never.
 */
export class Names {
  private readonly slots: (KnownName | undefined)[] = new Array(SLOTS).fill(undefined)
  private learned = 0

  constructor() {
    for (const name of Object.keys(byName)) this.learn(Buffer.from(name), 0, name.length)
    this.learned = 0
  }

  /** The only name that these bytes may be; the caller compares. */
  candidate(source: Uint8Array, from: number, length: number): KnownName | undefined {
    return this.slots[slotOf(source, from, length)]
  }

  /** Looks closer at a name that is not its slot's; undefined: a variable cannot have it. */
  learn(source: Buffer, from: number, length: number): KnownName | undefined {
    let slot = slotOf(source, from, length)
    if (this.slots[slot] !== undefined) {
      // The neighbour is the second place of a name.
      slot ^= 1
      const second = this.slots[slot]
      if (second !== undefined && isName(second, source, from, length)) return second
    }
    for (let i = from; i < from + length; i++) if (nameByte[source[i] as number] === 0) return undefined
    const bytes = Buffer.from(source.subarray(from, from + length))
    const text = bytes.toString('latin1')
    const kind =
      byName[text] ??
      (text.startsWith('HTTP_') ? kinds.header : isCommand(text) ? kinds.command : kinds.plain)
    const name = { bytes, kind, seen: 0, kept: false }
    if (this.slots[slot] === undefined && this.learned < LEARNED_LIMIT) {
      this.learned++
      this.slots[slot] = name
      name.kept = true
    }
    return name
  }
}

/** Found by trial: 81 names that nginx and browsers send have a slot each. */
const slotOf = (source: Uint8Array, from: number, length: number): number => {
  const last = from + length - 1
  const hash = length * 1083 + (source[last] as number) * 541 + (source[from + (length >> 1)] as number) * 61
  if (length < 4) return hash & (SLOTS - 1)
  return (hash + (source[last - 1] as number) * 477 + (source[last - 3] as number) * 313) & (SLOTS - 1)
}

const isName = ({ bytes }: KnownName, source: Uint8Array, from: number, length: number): boolean => {
  if (bytes.length !== length) return false
  for (let i = 0; i < length; i++) if (bytes[i] !== source[from + i]) return false
  return true
}

/** `UWSGI_…`: uWSGI obeys such variables (load this file, change to that directory); postern never does. */
const isCommand = (name: string): boolean => name.startsWith('UWSGI_')

/** 1 for the bytes a name may have: letters, digits, underscore. `wsgi.input` and its like cannot come over the wire. */
export const nameByte = new Uint8Array(256)
for (const byte of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_'))
  nameByte[byte] = 1
