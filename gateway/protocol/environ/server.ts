// Who was asked, and how: SERVER_NAME, SERVER_PORT, SERVER_PROTOCOL, REMOTE_ADDR and wsgi.url_scheme, said or made up.

import { entryBytes, keyBytes, writeLatin1 } from '../marshal.ts'
import { type EnvironDraft, put } from './draft.ts'

const keyServerName = keyBytes('SERVER_NAME')
const keyServerPort = keyBytes('SERVER_PORT')
const schemeHttp = entryBytes('wsgi.url_scheme', 'http')
const schemeHttps = entryBytes('wsgi.url_scheme', 'https')
const noRemoteAddr = entryBytes('REMOTE_ADDR', '')
const localhost = entryBytes('SERVER_NAME', 'localhost')
const port80 = entryBytes('SERVER_PORT', '80')
const port443 = entryBytes('SERVER_PORT', '443')
const http11 = entryBytes('SERVER_PROTOCOL', 'HTTP/1.1')

/** SERVER_NAME and SERVER_PORT are never empty, wsgi.url_scheme is what the peer's own variables say. */
export function writeServer(draft: EnvironDraft): void {
  const secure = (draft.uwsgiScheme || draft.https || draft.requestScheme) === 2
  put(draft, secure ? schemeHttps : schemeHttp)
  if (!draft.hasProtocol) put(draft, http11)
  if (!draft.hasRemoteAddr) put(draft, noRemoteAddr)
  if (draft.hasServerName && draft.hasServerPort) return
  const { source, hostFrom, hostTo } = draft
  let portFrom = hostTo
  while (
    portFrom > hostFrom &&
    (source[portFrom - 1] as number) >= 0x30 &&
    (source[portFrom - 1] as number) <= 0x39
  ) {
    portFrom--
  }
  const hasPort = portFrom > hostFrom && portFrom < hostTo && source[portFrom - 1] === 0x3a
  if (!draft.hasServerName) {
    const nameTo = hasPort ? portFrom - 1 : hostTo
    if (nameTo > hostFrom) {
      put(draft, keyServerName)
      draft.at = writeLatin1(draft.out, draft.at, source, hostFrom, nameTo)
    } else put(draft, localhost)
  }
  if (!draft.hasServerPort) {
    if (hasPort) {
      put(draft, keyServerPort)
      draft.at = writeLatin1(draft.out, draft.at, source, portFrom, hostTo)
    } else put(draft, secure ? port443 : port80)
  }
}
