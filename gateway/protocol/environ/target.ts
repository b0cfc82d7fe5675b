// The request's target -> SCRIPT_NAME, PATH_INFO, RAW_URI and QUERY_STRING. Which of the peer's words about the path
// count is here alone; how paths are decoded and compared is in ../path.ts.

import { PosternError } from '../../../errors.ts'
import { finishCostKey, mixPath } from '../cost-key.ts'
import { entryBytes, keyBytes, writeLatin1 } from '../marshal.ts'
import { decodePath, normalizePath, sameBytes, underPrefix } from '../path.ts'
import { type EnvironDraft, put } from './draft.ts'

const QUESTION = 0x3f
const HASH = 0x23
const PERCENT = 0x25
const SLASH = 0x2f

const keyScriptName = keyBytes('SCRIPT_NAME')
const keyPathInfo = keyBytes('PATH_INFO')
const keyRawUri = keyBytes('RAW_URI')
const keyQueryString = keyBytes('QUERY_STRING')
const noScriptName = entryBytes('SCRIPT_NAME', '')
const noQueryString = entryBytes('QUERY_STRING', '')

/** SCRIPT_NAME, PATH_INFO, RAW_URI and QUERY_STRING, and the cost key on the way. */
export function writePaths(draft: EnvironDraft, prefixes: readonly Buffer[], scratch: Buffer): void {
  const { source, uriFrom, uriTo } = draft
  let pathEnd = uriFrom
  let hash = source[draft.methodFrom] as number
  let encoded = false
  for (; pathEnd < uriTo; pathEnd++) {
    const byte = source[pathEnd] as number
    if (byte === QUESTION || byte === HASH) break
    if (byte === PERCENT) encoded = true
    hash = mixPath(hash, byte)
  }
  draft.costKey = finishCostKey(hash)

  let path: Buffer = source
  let from = uriFrom
  let to = pathEnd
  if (uriFrom === uriTo) {
    from = draft.pathFrom
    to = draft.pathTo
  } else if (source[uriFrom] !== SLASH) {
    // `OPTIONS *` has no path; anything else is not a target an application can have.
    if (source[uriFrom] !== 0x2a || pathEnd !== uriFrom + 1) badTarget(draft, 'it does not start with /')
    to = from
  } else {
    if (encoded) {
      path = scratch
      from = 0
      to = decodePath(path, source, uriFrom, pathEnd)
      for (let i = 0; i < to; i++) if (path[i] === 0) badTarget(draft, 'it contains a NUL byte')
    }
    if (draft.pathTo > draft.pathFrom && isRewritten(draft, scratch, path, from, to)) {
      path = source
      from = draft.pathFrom
      to = draft.pathTo
    }
  }
  writeSplit(draft, prefixes, path, from, to)

  if (uriFrom < uriTo) {
    put(draft, keyRawUri)
    draft.at = writeLatin1(draft.out, draft.at, source, uriFrom, uriTo)
  }
  if (!draft.hasQuery) {
    let queryFrom = pathEnd
    if (source[pathEnd] === QUESTION && pathEnd < uriTo) queryFrom++
    let queryTo = queryFrom
    while (queryTo < uriTo && source[queryTo] !== HASH) queryTo++
    if (queryFrom === pathEnd) put(draft, noQueryString)
    else {
      put(draft, keyQueryString)
      draft.at = writeLatin1(draft.out, draft.at, source, queryFrom, queryTo)
    }
  }
}

function badTarget(draft: EnvironDraft, reason: string): never {
  const found = draft.source.toString('latin1', draft.uriFrom, Math.min(draft.uriTo, draft.uriFrom + 200))
  throw new PosternError('REQUEST_BAD_TARGET', { found, reason })
}

/** Whether the PATH_INFO of the peer is another path than REQUEST_URI's: `rewrite` in nginx, or a split at SCRIPT_NAME. */
function isRewritten(draft: EnvironDraft, scratch: Buffer, path: Buffer, from: number, to: number): boolean {
  const { source, pathFrom, pathTo } = draft
  if (sameBytes(path, from, to, source, pathFrom, pathTo)) return false
  const half = scratch.length >> 1
  path.copy(scratch, half, from, to)
  const normal = scratch.subarray(half)
  return !sameBytes(normal, 0, normalizePath(normal, to - from), source, pathFrom, pathTo)
}

/** Splits a path into SCRIPT_NAME and PATH_INFO so that together they are the path. */
function writeSplit(
  draft: EnvironDraft,
  prefixes: readonly Buffer[],
  path: Buffer,
  from: number,
  to: number,
): void {
  const { source, scriptFrom } = draft
  let { scriptTo } = draft
  while (scriptTo > scriptFrom && source[scriptTo - 1] === SLASH) scriptTo--
  let split = 0
  let script: Buffer = source
  let fromScript = scriptFrom
  if (scriptTo > scriptFrom) {
    split = underPrefix(path, from, to, source, scriptFrom, scriptTo)
    const given = path === source && from === draft.pathFrom && draft.pathTo > draft.pathFrom
    if (split === to - from && draft.protocol === 'fastcgi' && !draft.hasPath) {
      // `include fastcgi_params` names the whole path SCRIPT_NAME, as PHP wants it.
      split = 0
      scriptTo = scriptFrom
    } else if (split >= 0 && given && isSplitAlready(draft, scriptFrom, scriptTo)) split = 0
    else if (split < 0) {
      split = 0
      if (!given) scriptTo = scriptFrom
    }
  }
  if (scriptTo === scriptFrom) {
    for (const prefix of prefixes) {
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
  if (scriptTo === fromScript) put(draft, noScriptName)
  else {
    put(draft, keyScriptName)
    draft.at = writeLatin1(draft.out, draft.at, script, fromScript, scriptTo)
  }
  put(draft, keyPathInfo)
  draft.at = writeLatin1(draft.out, draft.at, path, from + split, to)
}

/** `/app` + `/app/x` may be the right split of `/app/app/x`: then the undecoded target says so. */
function isSplitAlready(draft: EnvironDraft, scriptFrom: number, scriptTo: number): boolean {
  const { source, uriFrom, uriTo, pathFrom, pathTo } = draft
  const whole = Buffer.concat([source.subarray(scriptFrom, scriptTo), source.subarray(pathFrom, pathTo)])
  const path = Buffer.alloc(uriTo - uriFrom)
  let end = uriFrom
  while (end < uriTo && source[end] !== QUESTION) end++
  const length = normalizePath(path, decodePath(path, source, uriFrom, end))
  return sameBytes(whole, 0, whole.length, path, 0, length)
}
