// What a single variable means to the gateway, and whether the application gets it. Knows no other variable's value.

import { PosternError } from '../../../errors.ts'
import { kinds } from '../names.ts'
import { isRequestId } from '../request-id.ts'
import type { EnvironDraft } from './draft.ts'

/** Notes a variable that has a meaning here. False: it is not written now, or not at all. */
export function keep(draft: EnvironDraft, kind: number, from: number, to: number): boolean {
  switch (kind) {
    case kinds.drop:
      draft.dropped.proxies++
      return false
    case kinds.framing:
      return draft.protocol === 'http'
    case kinds.host:
      draft.hostFrom = from
      draft.hostTo = to
      return true
    case kinds.method:
      draft.methodFrom = from
      draft.methodTo = to
      return true
    case kinds.requestUri:
      draft.uriFrom = from
      draft.uriTo = to
      return true
    case kinds.pathInfo:
      draft.pathFrom = from
      draft.pathTo = to
      draft.hasPath = true
      return false
    case kinds.scriptName:
      draft.scriptFrom = from
      draft.scriptTo = to
      return false
    case kinds.queryString:
      draft.hasQuery = true
      return true
    case kinds.contentType:
      return from < to
    case kinds.contentLength:
      readLength(draft, from, to)
      return from < to
    case kinds.serverName:
      draft.hasServerName = draft.hasServerName || from < to
      return from < to
    case kinds.serverPort:
      draft.hasServerPort = draft.hasServerPort || from < to
      return from < to
    case kinds.serverProtocol:
      draft.hasProtocol = draft.hasProtocol || from < to
      return from < to
    case kinds.https:
      draft.https = from === to ? 0 : isText(draft, from, to, 'off') ? 1 : 2
      return from < to
    case kinds.requestScheme:
      draft.requestScheme = readScheme(draft, from, to)
      return true
    case kinds.uwsgiScheme:
      draft.uwsgiScheme = readScheme(draft, from, to)
      return false
    case kinds.remoteAddr:
      draft.hasRemoteAddr = true
      return true
    case kinds.givenId:
    case kinds.requestId:
      draft.hasRequestId = draft.hasRequestId || isRequestId(draft.source, from, to)
      return true
    case kinds.ownRequestId:
      if (draft.protocol !== 'http') return false
      draft.hasRequestId = true
      return true
    case kinds.rawUri:
      return false
    case kinds.bodyFile:
      // A browser's HTTP has no such variable: only a front server's parameters do.
      draft.hasBodyFile = from < to && draft.protocol !== 'http'
      return draft.hasBodyFile
    case kinds.command:
      draft.dropped.commands++
      return false
    default:
      return true
  }
}

function readScheme(draft: EnvironDraft, from: number, to: number): number {
  return isText(draft, from, to, 'https') ? 2 : isText(draft, from, to, 'http') ? 1 : 0
}

function isText(draft: EnvironDraft, from: number, to: number, text: string): boolean {
  if (to - from !== text.length) return false
  for (let i = 0; i < text.length; i++) {
    if (((draft.source[from + i] as number) | 0x20) !== text.charCodeAt(i)) return false
  }
  return true
}

function readLength(draft: EnvironDraft, from: number, to: number): void {
  if (from === to) return
  let length = 0
  let good = to - from <= 15
  for (let i = from; i < to && good; i++) {
    const digit = (draft.source[i] as number) - 0x30
    good = digit >= 0 && digit <= 9
    length = length * 10 + digit
  }
  if (!good || (draft.contentLength >= 0 && draft.contentLength !== length)) {
    throw new PosternError('REQUEST_BAD_LENGTH', { found: draft.source.toString('latin1', from, to) })
  }
  draft.contentLength = length
}

export function checkMethod(draft: EnvironDraft): void {
  const { source, methodFrom, methodTo } = draft
  if (methodFrom === methodTo) throw new PosternError('REQUEST_NO_METHOD', { protocol: draft.protocol })
  for (let i = methodFrom; i < methodTo; i++) {
    const byte = source[i] as number
    if ((byte < 0x41 || byte > 0x5a) && byte !== 0x2d && byte !== 0x5f) {
      throw new PosternError('HTTP_MALFORMED', { reason: 'the method is not in capital letters' })
    }
  }
  draft.isHead =
    methodTo - methodFrom === 4 &&
    source[methodFrom] === 0x48 &&
    source[methodFrom + 1] === 0x45 &&
    source[methodFrom + 2] === 0x41 &&
    source[methodFrom + 3] === 0x44
}
