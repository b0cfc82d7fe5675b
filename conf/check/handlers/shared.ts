// What directives share by name: memory zones and folders. Knows no directive.
import type { Call } from '../call.ts'
import type { World } from '../level.ts'
import { problemAt } from '../problem.ts'
import { readSize } from '../values.ts'

export const PAGE = 4096

/** Names a zone, as ngx_shared_memory_add: with its size where it is made, without where it is used. */
export function useZone(
  call: Call,
  name: string,
  size: number | undefined,
  use: string,
  at?: number,
): boolean {
  const known = call.world.zones.get(name)
  if (known === undefined) {
    call.world.zones.set(name, {
      use,
      size,
      directive: call.directive,
      module: call.form.module,
      made: false,
    })
    return true
  }
  if (known.use !== use) {
    call.fail(`the shared memory zone "${name}" is already declared for a different use`, at, 'conflict')
    return false
  }
  if (known.size === undefined) known.size = size
  else if (size !== undefined && size !== known.size) {
    const message = `the size ${size} of shared memory zone "${name}" conflicts with already declared size ${known.size}`
    call.fail(message, at, 'conflict')
    return false
  }
  return true
}

/** Zones that are used and never made; asked when everything has been read. */
export function reportMissingZones(world: World) {
  if (!world.whole || world.foreign) return
  for (const [name, { size, directive, use }] of world.zones) {
    if (size !== undefined || use.endsWith('_cache')) continue
    world.problems.push(
      problemAt(
        directive,
        `zero size shared memory zone "${name}"`,
        undefined,
        'reference',
        'error',
        `no directive gives "${name}" a size`,
      ),
    )
  }
}

export type ZoneArgument = { name: string; size: number }

/** `prefix name:size`. */
export function readZone(call: Call, index: number, prefix: string, what: string): ZoneArgument | undefined {
  const word = call.arg(index)
  const [, name = '', sizeText] = /^([^:]*)(?::(.*))?$/s.exec(word.slice(prefix.length)) ?? []
  const size = sizeText === undefined ? undefined : readSize(sizeText)
  if (size === undefined) {
    call.fail(`invalid ${what} size "${word}"`, index)
    return undefined
  }
  return { name, size }
}

/** A folder belongs to one cache, or to temporary files of one depth. */
export function claimPath(call: Call, path: string, levels: string | undefined) {
  const { paths } = call.world
  const first = paths.get(path)
  if (first === undefined) {
    paths.set(path, { directive: call.directive, levels })
    return
  }
  const { file, stop } = first.directive
  const place = `${file}:${stop.line}`
  if (levels === undefined || first.levels === undefined)
    call.fail(`the same path name "${path}" used in ${place} and`, 0, 'conflict')
  else if (levels !== first.levels)
    call.fail(`the same path name "${path}" in ${place} has the different levels than`, 0, 'conflict')
}
