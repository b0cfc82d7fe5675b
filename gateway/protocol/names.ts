// The variable names that mean something to the gateway, found by hash without making strings. Pure data.

const HEADER = 1 // an HTTP_ name without a rule of its own
const PLAIN = 0
export const kinds = {
  plain: PLAIN,
  header: HEADER,
  /** Never reaches the application: duplicates of CGI names, hop-by-hop leftovers, httpoxy. */
  drop: 2,
  /** As `drop` from nginx, which has done what the header asks for; kept on HTTP. */
  framing: 3,
  host: 4,
  /** A header that may come only once. */
  single: 5,
  cookie: 6,
  method: 7,
  requestUri: 8,
  pathInfo: 9,
  scriptName: 10,
  queryString: 11,
  contentType: 12,
  contentLength: 13,
  serverName: 14,
  serverPort: 15,
  serverProtocol: 16,
  https: 17,
  requestScheme: 18,
  uwsgiScheme: 19,
  remoteAddr: 20,
  rawUri: 21,
  /** The file in which nginx has stored the body; the body itself does not come over the link. */
  bodyFile: 22,
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

/** One step of the names' hash; it starts with the length. */
export const hashStep = (hash: number, byte: number): number => (Math.imul(hash, 33) ^ byte) | 0

const hashOf = (name: string): number => [...Buffer.from(name)].reduce(hashStep, name.length)

const SLOTS = 4096
const slots = new Uint8Array(SLOTS)
const names: Buffer[] = []
const kindOfName: number[] = []
for (const [name, kind] of Object.entries(byName)) {
  names.push(Buffer.from(name))
  kindOfName.push(kind)
  const slot = hashOf(name) & (SLOTS - 1)
  if (slots[slot] !== 0) throw new Error(`names.ts: ${name} shares its slot; choose another hash`)
  slots[slot] = names.length
}

/** Kind of the name `source[from, from + length)`, whose hash is known. */
export function kindOf(hash: number, source: Uint8Array, from: number, length: number): number {
  const index = slots[hash & (SLOTS - 1)] as number
  if (index !== 0) {
    const name = names[index - 1] as Buffer
    if (name.length === length) {
      let i = 0
      while (i < length && name[i] === source[from + i]) i++
      if (i === length) return kindOfName[index - 1] as number
    }
  }
  return source[from] === 0x48 &&
    source[from + 1] === 0x54 &&
    source[from + 2] === 0x54 &&
    source[from + 3] === 0x50 &&
    source[from + 4] === 0x5f &&
    length > 5
    ? HEADER
    : PLAIN
}

/** `UWSGI_…`: uWSGI obeys such variables (load this file, change to that directory); postern never does. */
export const isCommand = (source: Uint8Array, from: number, length: number): boolean =>
  length >= 6 &&
  source[from] === 0x55 &&
  source[from + 1] === 0x57 &&
  source[from + 2] === 0x53 &&
  source[from + 3] === 0x47 &&
  source[from + 4] === 0x49 &&
  source[from + 5] === 0x5f

/** 1 for the bytes a name may have: letters, digits, underscore. `wsgi.input` and its like cannot come over the wire. */
export const nameByte = new Uint8Array(256)
for (const byte of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_'))
  nameByte[byte] = 1
