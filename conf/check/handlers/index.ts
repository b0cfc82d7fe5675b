// All handlers, by module type and directive.

import { caches } from './cache.ts'
import { charsets } from './charset.ts'
import { core, type Handler } from './core.ts'
import { files } from './files.ts'
import { http } from './http.ts'
import { http2 } from './http2.ts'
import { listen } from './listen.ts'
import { locations } from './location.ts'
import { logs } from './log.ts'
import { maps } from './maps.ts'
import { modules } from './modules.ts'
import { passes } from './pass.ts'
import { rewriting } from './rewrite.ts'
import { servers } from './servers.ts'
import { small } from './small.ts'
import { tls } from './tls.ts'
import { upstreams } from './upstream.ts'
import { zones } from './zones.ts'

export const handlers: Record<string, Handler> = {
  ...charsets,
  ...core,
  ...files,
  ...http,
  ...http2,
  ...listen,
  ...locations,
  ...logs,
  ...maps,
  ...modules,
  ...passes,
  ...rewriting,
  ...servers,
  ...small,
  ...tls,
  ...upstreams,
  ...zones,
  ...caches,
}
