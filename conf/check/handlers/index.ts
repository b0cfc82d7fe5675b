// All handlers, by module type and directive.
import { core, type Handler } from './core.ts'
import { http } from './http.ts'
import { listen } from './listen.ts'
import { logs } from './log.ts'
import { maps } from './maps.ts'
import { rewriting } from './rewrite.ts'
import { servers } from './servers.ts'
import { small } from './small.ts'
import { tls } from './tls.ts'
import { upstreams } from './upstream.ts'
import { zones } from './zones.ts'

export const handlers: Record<string, Handler> = {
  ...core,
  ...http,
  ...listen,
  ...logs,
  ...maps,
  ...rewriting,
  ...servers,
  ...small,
  ...tls,
  ...upstreams,
  ...zones,
}
