// Variables from any protocol -> the CGI part of a WSGI environ, as marshal bytes (docs/wire.md). Every rule about what
// an application may be told by a request is here and in names.ts. No strings are made on the way, no sockets known.
// Contract: begin(), add() per variable, finish(); `source` must not change before finish() has returned.

import { PosternError } from '../../errors.ts'
import { finishCostKey, mixPath } from './cost-key.ts'
import { NAME_LIMIT, VARIABLES_LIMIT } from './limits.ts'
import { DICT, DICT_END, findEntry, NAME, readValue, valueEnd, writeLatin1 } from './marshal.ts'
import { type KnownName, kinds, Names } from './names.ts'
import { decodePath, mountPrefixes, normalizePath, sameBytes, underPrefix } from './path.ts'
import { isRequestId } from './request-id.ts'

export type ProtocolName = 'fastcgi' | 'uwsgi' | 'http'

/** Variables that were not passed on, for status pages and one log line each. */
export type DroppedCounts = { commands: number; oddNames: number; proxies: number; underscores: number }

/** Environs are cut from blocks of this size, which are never written twice: nobody has to say when one is free. */
const BLOCK_SIZE = 65_536
const QUESTION = 0x3f
const HASH = 0x23
const PERCENT = 0x25
const SLASH = 0x2f

const key = (name: string): Buffer => Buffer.from(`Z${String.fromCharCode(name.length)}${name}`, 'latin1')
const entry = (name: string, value: string): Buffer =>
  Buffer.concat([key(name), Buffer.from(`z${String.fromCharCode(value.length)}${value}`, 'latin1')])

const keyScriptName = key('SCRIPT_NAME')
const keyPathInfo = key('PATH_INFO')
const keyRawUri = key('RAW_URI')
const keyQueryString = key('QUERY_STRING')
const keyServerName = key('SERVER_NAME')
const keyServerPort = key('SERVER_PORT')
const keyRequestId = key('POSTERN_REQUEST_ID')
/** Marshal's code of ASCII text with one byte of length. */
const SHORT_TEXT = 0x7a
const schemeHttp = entry('wsgi.url_scheme', 'http')
const schemeHttps = entry('wsgi.url_scheme', 'https')
const noScriptName = entry('SCRIPT_NAME', '')
const noQueryString = entry('QUERY_STRING', '')
const noRemoteAddr = entry('REMOTE_ADDR', '')
const localhost = entry('SERVER_NAME', 'localhost')
const port80 = entry('SERVER_PORT', '80')
const port443 = entry('SERVER_PORT', '443')
const http11 = entry('SERVER_PROTOCOL', 'HTTP/1.1')

/** One per gateway: requests are written one after the other, each within one turn. */
export class EnvironWriter {
  readonly dropped: DroppedCounts = { commands: 0, oddNames: 0, proxies: 0, underscores: 0 }

  /** What finish() found, valid until the next begin(). -1: no CONTENT_LENGTH. */
  contentLength = -1
  isHead = false
  costKey = 0
  /** The body lies in a file (POSTERN_BODY_FILE); nothing of it comes over the link. */
  hasBodyFile = false

  private readonly prefixes: Buffer[]
  private readonly newId: (() => Buffer) | undefined
  private readonly scratch = Buffer.allocUnsafeSlow(2 * 65_536)
  private readonly names = new Names()
  private generation = 0
  private block: Buffer = Buffer.alloc(0)
  private out: Buffer = this.block
  private start = 0
  private at = 0

  private source: Buffer = this.block
  private protocol: ProtocolName = 'http'
  private count = 0
  private methodFrom = 0
  private methodTo = 0
  private uriFrom = 0
  private uriTo = 0
  private pathFrom = 0
  private pathTo = 0
  private hasPath = false
  private scriptFrom = 0
  private scriptTo = 0
  private hostFrom = 0
  private hostTo = 0
  private hasQuery = false
  private hasServerName = false
  private hasServerPort = false
  private hasProtocol = false
  private hasRemoteAddr = false
  private hasRequestId = false
  /** 0 unknown, 1 http, 2 https; UWSGI_SCHEME before HTTPS before REQUEST_SCHEME. */
  private uwsgiScheme = 0
  private https = 0
  private requestScheme = 0
  private repeated: Map<string, string[]> | undefined

  /** `mounts`: the prefixes that become SCRIPT_NAME when the peer sends none. `newId`: an id for a request without one. */
  constructor(mounts: readonly string[] = [], newId?: () => Buffer) {
    this.prefixes = mountPrefixes(mounts)
    this.newId = newId
  }

  /** Starts an environ made from `source`, of which at most `size` bytes are variables. */
  begin(source: Buffer, size: number, protocol: ProtocolName): void {
    // Each source byte may become two of UTF-8, the target is written up to three times, names cost two bytes each.
    const room = size * 8 + 4096
    if (this.block.length - this.at < room) {
      this.block = Buffer.allocUnsafeSlow(Math.max(BLOCK_SIZE, room))
      this.at = 0
    }
    this.out = this.block
    this.start = this.at
    this.out[this.at++] = DICT
    this.source = source
    this.protocol = protocol
    this.generation++
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

  /** One variable: name `source[nameFrom, nameTo)`, value `source[from, to)`. */
  add(nameFrom: number, nameTo: number, from: number, to: number): void {
    if (++this.count > VARIABLES_LIMIT) {
      throw new PosternError('REQUEST_TOO_MANY_VARIABLES', { limit: VARIABLES_LIMIT })
    }
    const { source, out, at } = this
    const length = nameTo - nameFrom
    if (length === 0 || length > NAME_LIMIT) {
      this.dropped.oddNames++
      return
    }
    let name = this.names.candidate(source, nameFrom, length)
    let differs = name === undefined || name.bytes.length !== length ? 1 : 0
    if (name !== undefined && differs === 0) {
      const { bytes } = name
      for (let i = 0; i < length; i++) {
        const byte = source[nameFrom + i] as number
        differs |= byte ^ (bytes[i] as number)
        out[at + 2 + i] = byte
      }
    }
    if (differs !== 0) {
      name = this.names.learn(source, nameFrom, length)
      if (name === undefined) {
        this.dropped.oddNames++
        return
      }
      source.copy(out, at + 2, nameFrom, nameTo)
      // Whether a stranger came before in this request, only what was written can tell.
      if (!name.kept) name.seen = this.generation
    }
    const known = name as KnownName
    const { kind } = known
    if (kind !== kinds.plain) {
      if (kind !== kinds.header && !this.keep(kind, from, to)) return
      if (kind <= kinds.givenId) {
        if (known.seen === this.generation && this.isRepeated(known, from, to)) return
        known.seen = this.generation
      }
    }
    out[at] = NAME
    out[at + 1] = length
    this.at = writeLatin1(out, at + 2 + length, source, from, to)
  }

  /** Notes a variable that has a meaning here. False: it is not written now, or not at all. */
  private keep(kind: number, from: number, to: number): boolean {
    switch (kind) {
      case kinds.drop:
        this.dropped.proxies++
        return false
      case kinds.framing:
        return this.protocol === 'http'
      case kinds.host:
        this.hostFrom = from
        this.hostTo = to
        return true
      case kinds.method:
        this.methodFrom = from
        this.methodTo = to
        return true
      case kinds.requestUri:
        this.uriFrom = from
        this.uriTo = to
        return true
      case kinds.pathInfo:
        this.pathFrom = from
        this.pathTo = to
        this.hasPath = true
        return false
      case kinds.scriptName:
        this.scriptFrom = from
        this.scriptTo = to
        return false
      case kinds.queryString:
        this.hasQuery = true
        return true
      case kinds.contentType:
        return from < to
      case kinds.contentLength:
        this.readLength(from, to)
        return from < to
      case kinds.serverName:
        this.hasServerName = this.hasServerName || from < to
        return from < to
      case kinds.serverPort:
        this.hasServerPort = this.hasServerPort || from < to
        return from < to
      case kinds.serverProtocol:
        this.hasProtocol = this.hasProtocol || from < to
        return from < to
      case kinds.https:
        this.https = from === to ? 0 : this.isText(from, to, 'off') ? 1 : 2
        return from < to
      case kinds.requestScheme:
        this.requestScheme = this.readScheme(from, to)
        return true
      case kinds.uwsgiScheme:
        this.uwsgiScheme = this.readScheme(from, to)
        return false
      case kinds.remoteAddr:
        this.hasRemoteAddr = true
        return true
      case kinds.givenId:
      case kinds.requestId:
        this.hasRequestId = this.hasRequestId || isRequestId(this.source, from, to)
        return true
      case kinds.ownRequestId:
        if (this.protocol !== 'http') return false
        this.hasRequestId = true
        return true
      case kinds.rawUri:
        return false
      case kinds.bodyFile:
        // A browser's HTTP has no such variable: only a front server's parameters do.
        this.hasBodyFile = from < to && this.protocol !== 'http'
        return this.hasBodyFile
      case kinds.command:
        this.dropped.commands++
        return false
      default:
        return true
    }
  }

  private readScheme(from: number, to: number): number {
    return this.isText(from, to, 'https') ? 2 : this.isText(from, to, 'http') ? 1 : 0
  }

  private isText(from: number, to: number, text: string): boolean {
    if (to - from !== text.length) return false
    for (let i = 0; i < text.length; i++) {
      if (((this.source[from + i] as number) | 0x20) !== text.charCodeAt(i)) return false
    }
    return true
  }

  private readLength(from: number, to: number): void {
    if (from === to) return
    let length = 0
    let good = to - from <= 15
    for (let i = from; i < to && good; i++) {
      const digit = (this.source[i] as number) - 0x30
      good = digit >= 0 && digit <= 9
      length = length * 10 + digit
    }
    if (!good || (this.contentLength >= 0 && this.contentLength !== length)) {
      throw new PosternError('REQUEST_BAD_LENGTH', { found: this.source.toString('latin1', from, to) })
    }
    this.contentLength = length
  }

  /** A header that came before is joined (nginx before 1.23 sends each line on its own); true: nothing is left to write. */
  private isRepeated(known: KnownName, from: number, to: number): boolean {
    const { kind } = known
    const name = known.bytes.toString('latin1')
    const value = this.source.toString('latin1', from, to)
    const values = this.repeated?.get(name)
    if (values !== undefined) {
      values.push(value)
      return true
    }
    const found = findEntry(this.out, this.start + 1, this.at, name)
    if (found < 0) return false
    const valueAt = found + 2 + name.length
    const first = readValue(this.out, valueAt)
    if (kind === kinds.host || kind === kinds.single) {
      if (first !== value) throw new PosternError('REQUEST_REPEATED', { name })
      return true
    }
    // Joined, it is no id any more.
    if (kind === kinds.givenId) this.hasRequestId = false
    const next = valueEnd(this.out, valueAt)
    this.out.copyWithin(found, next, this.at)
    this.at -= next - found
    this.repeated ??= new Map()
    this.repeated.set(name, [first, value])
    return true
  }

  /** Completes the environ; the bytes are never written again. Throws (blame peer) what makes it no request. */
  finish(): Buffer {
    this.checkMethod()
    if (this.repeated !== undefined) this.writeRepeated(this.repeated)
    this.writePaths()
    this.writeServer()
    if (!this.hasRequestId && this.newId !== undefined) this.writeRequestId(this.newId())
    const { out, start } = this
    out[this.at++] = DICT_END
    return out.subarray(start, this.at)
  }

  private checkMethod(): void {
    const { source, methodFrom, methodTo } = this
    if (methodFrom === methodTo) throw new PosternError('REQUEST_NO_METHOD', { protocol: this.protocol })
    for (let i = methodFrom; i < methodTo; i++) {
      const byte = source[i] as number
      if ((byte < 0x41 || byte > 0x5a) && byte !== 0x2d && byte !== 0x5f) {
        throw new PosternError('HTTP_MALFORMED', { reason: 'the method is not in capital letters' })
      }
    }
    this.isHead =
      methodTo - methodFrom === 4 &&
      source[methodFrom] === 0x48 &&
      source[methodFrom + 1] === 0x45 &&
      source[methodFrom + 2] === 0x41 &&
      source[methodFrom + 3] === 0x44
  }

  /** The peer has given none: the worker's reports and the gateway's lines name the same. */
  private writeRequestId(id: Buffer): void {
    this.put(keyRequestId)
    this.out[this.at++] = SHORT_TEXT
    this.out[this.at++] = id.length
    this.put(id)
  }

  private writeRepeated(repeated: Map<string, string[]>): void {
    for (const [name, values] of repeated) {
      const text = Buffer.from(values.join(name === 'HTTP_COOKIE' ? '; ' : ', '), 'latin1')
      this.put(key(name))
      this.at = writeLatin1(this.out, this.at, text, 0, text.length)
    }
  }

  private put(bytes: Buffer): void {
    const { out, at } = this
    const length = bytes.length
    for (let i = 0; i < length; i++) out[at + i] = bytes[i] as number
    this.at = at + length
  }

  /** SCRIPT_NAME, PATH_INFO, RAW_URI and QUERY_STRING, and the cost key on the way. */
  private writePaths(): void {
    const { source, uriFrom, uriTo } = this
    let pathEnd = uriFrom
    let hash = source[this.methodFrom] as number
    let encoded = false
    for (; pathEnd < uriTo; pathEnd++) {
      const byte = source[pathEnd] as number
      if (byte === QUESTION || byte === HASH) break
      if (byte === PERCENT) encoded = true
      hash = mixPath(hash, byte)
    }
    this.costKey = finishCostKey(hash)

    let path: Buffer = source
    let from = uriFrom
    let to = pathEnd
    if (uriFrom === uriTo) {
      from = this.pathFrom
      to = this.pathTo
    } else if (source[uriFrom] !== SLASH) {
      // `OPTIONS *` has no path; anything else is not a target an application can have.
      if (source[uriFrom] !== 0x2a || pathEnd !== uriFrom + 1) this.badTarget('it does not start with /')
      to = from
    } else {
      if (encoded) {
        path = this.scratch
        from = 0
        to = decodePath(path, source, uriFrom, pathEnd)
        for (let i = 0; i < to; i++) if (path[i] === 0) this.badTarget('it contains a NUL byte')
      }
      if (this.pathTo > this.pathFrom && this.isRewritten(path, from, to)) {
        path = source
        from = this.pathFrom
        to = this.pathTo
      }
    }
    this.writeSplit(path, from, to)

    if (uriFrom < uriTo) {
      this.put(keyRawUri)
      this.at = writeLatin1(this.out, this.at, source, uriFrom, uriTo)
    }
    if (!this.hasQuery) {
      let queryFrom = pathEnd
      if (source[pathEnd] === QUESTION && pathEnd < uriTo) queryFrom++
      let queryTo = queryFrom
      while (queryTo < uriTo && source[queryTo] !== HASH) queryTo++
      if (queryFrom === pathEnd) this.put(noQueryString)
      else {
        this.put(keyQueryString)
        this.at = writeLatin1(this.out, this.at, source, queryFrom, queryTo)
      }
    }
  }

  private badTarget(reason: string): never {
    const found = this.source.toString('latin1', this.uriFrom, Math.min(this.uriTo, this.uriFrom + 200))
    throw new PosternError('REQUEST_BAD_TARGET', { found, reason })
  }

  /** Whether the PATH_INFO of the peer is another path than REQUEST_URI's: `rewrite` in nginx, or a split at SCRIPT_NAME. */
  private isRewritten(path: Buffer, from: number, to: number): boolean {
    const { source, pathFrom, pathTo, scratch } = this
    if (sameBytes(path, from, to, source, pathFrom, pathTo)) return false
    const half = scratch.length >> 1
    path.copy(scratch, half, from, to)
    const normal = scratch.subarray(half)
    return !sameBytes(normal, 0, normalizePath(normal, to - from), source, pathFrom, pathTo)
  }

  /** Splits a path into SCRIPT_NAME and PATH_INFO so that together they are the path. */
  private writeSplit(path: Buffer, from: number, to: number): void {
    const { source, scriptFrom } = this
    let { scriptTo } = this
    while (scriptTo > scriptFrom && source[scriptTo - 1] === SLASH) scriptTo--
    let split = 0
    let script: Buffer = source
    let fromScript = scriptFrom
    if (scriptTo > scriptFrom) {
      split = underPrefix(path, from, to, source, scriptFrom, scriptTo)
      const given = path === source && from === this.pathFrom && this.pathTo > this.pathFrom
      if (split === to - from && this.protocol === 'fastcgi' && !this.hasPath) {
        // `include fastcgi_params` names the whole path SCRIPT_NAME, as PHP wants it.
        split = 0
        scriptTo = scriptFrom
      } else if (split >= 0 && given && this.isSplitAlready(scriptFrom, scriptTo)) split = 0
      else if (split < 0) {
        split = 0
        if (!given) scriptTo = scriptFrom
      }
    }
    if (scriptTo === scriptFrom) {
      for (const prefix of this.prefixes) {
        const length = underPrefix(path, from, to, prefix, 0, prefix.length)
        if (length >= 0) {
          split = length
          script = prefix
          fromScript = 0
          scriptTo = length
          break
        }
      }
    }
    if (scriptTo === fromScript) this.put(noScriptName)
    else {
      this.put(keyScriptName)
      this.at = writeLatin1(this.out, this.at, script, fromScript, scriptTo)
    }
    this.put(keyPathInfo)
    this.at = writeLatin1(this.out, this.at, path, from + split, to)
  }

  /** `/app` + `/app/x` may be the right split of `/app/app/x`: then the undecoded target says so. */
  private isSplitAlready(scriptFrom: number, scriptTo: number): boolean {
    const { source, uriFrom, uriTo, pathFrom, pathTo } = this
    const whole = Buffer.concat([source.subarray(scriptFrom, scriptTo), source.subarray(pathFrom, pathTo)])
    const path = Buffer.alloc(uriTo - uriFrom)
    let end = uriFrom
    while (end < uriTo && source[end] !== QUESTION) end++
    const length = normalizePath(path, decodePath(path, source, uriFrom, end))
    return sameBytes(whole, 0, whole.length, path, 0, length)
  }

  /** SERVER_NAME and SERVER_PORT are never empty, wsgi.url_scheme is what the peer's own variables say. */
  private writeServer(): void {
    const secure = (this.uwsgiScheme || this.https || this.requestScheme) === 2
    this.put(secure ? schemeHttps : schemeHttp)
    if (!this.hasProtocol) this.put(http11)
    if (!this.hasRemoteAddr) this.put(noRemoteAddr)
    if (this.hasServerName && this.hasServerPort) return
    const { source, hostFrom, hostTo } = this
    let portFrom = hostTo
    while (
      portFrom > hostFrom &&
      (source[portFrom - 1] as number) >= 0x30 &&
      (source[portFrom - 1] as number) <= 0x39
    ) {
      portFrom--
    }
    const hasPort = portFrom > hostFrom && portFrom < hostTo && source[portFrom - 1] === 0x3a
    if (!this.hasServerName) {
      const nameTo = hasPort ? portFrom - 1 : hostTo
      if (nameTo > hostFrom) {
        this.put(keyServerName)
        this.at = writeLatin1(this.out, this.at, source, hostFrom, nameTo)
      } else this.put(localhost)
    }
    if (!this.hasServerPort) {
      if (hasPort) {
        this.put(keyServerPort)
        this.at = writeLatin1(this.out, this.at, source, portFrom, hostTo)
      } else this.put(secure ? port443 : port80)
    }
  }
}
