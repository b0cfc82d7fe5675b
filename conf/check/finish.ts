// What is asked when a block is complete, and when the blocks around it are. Knows the order; the questions are handlers/.

import type { Call } from './call.ts'
import { checkBuffers } from './handlers/buffers.ts'
import { checkCharsets } from './handlers/charset.ts'
import { finishFamily, finishMailServer, finishServer } from './handlers/servers.ts'
import { checkCertificates } from './handlers/tls.ts'
import { finishUpstream } from './handlers/upstream.ts'
import type { Level, World } from './level.ts'
import { reportUnknownVariables } from './variables.ts'

/** What nginx asks at the closing brace, or leaves for the end of the http{}, stream{} or mail{} around it. */
export function finishBlock(call: Call, inner: Level, world: World): void {
  if (inner.kind === 'upstream' || inner.kind === 'stream upstream') finishUpstream(call, inner)
  else if (inner.kind === 'server' || inner.kind === 'stream server') {
    finishServer(inner, world)
    const family = inner.place.type === 'HTTP' ? world.http : world.stream
    family?.atEnd.push(() => checkCertificates(inner, world))
  } else if (inner.kind === 'mail server') {
    finishServer(inner, world)
    world.mailServers.push(inner)
  } else if (inner.kind === 'mail') {
    world.late(call.directive.file, call.directive.block?.end.offset ?? 0, () => {
      for (const server of world.mailServers) {
        finishMailServer(server, world)
        checkCertificates(server, world)
      }
    })
  }
  if (
    inner.place.type === 'HTTP' &&
    world.http !== undefined &&
    inner.kind !== 'http' &&
    inner.kind !== 'upstream'
  ) {
    const family = world.http
    family.atEnd.push(() => {
      checkBuffers(inner, family, world)
      checkCharsets(inner, world)
    })
  }
  const family = inner.kind === 'http' ? world.http : inner.kind === 'stream' ? world.stream : undefined
  if (family === undefined || family.directive !== call.directive) return
  world.late(call.directive.file, call.directive.block?.end.offset ?? 0, () => {
    finishFamily(family, world)
    reportUnknownVariables(world, family)
  })
}
