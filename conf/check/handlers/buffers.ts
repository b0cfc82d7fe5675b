// The sizes of buffers of one gateway have to fit each other; nginx asks when http{} is complete.
import type { Call } from '../call.ts'
import type { Family, Level } from '../level.ts'
import { readNumber, readSize } from '../values.ts'
import { PAGE } from './shared.ts'

/** The sizes of buffers have to fit each other; asked of every level of http{} that sets one, as nginx merges them. */
export function checkBuffers(level: Level, family: Family, world: Call['world']) {
  for (const module of ['proxy', 'fastcgi', 'uwsgi', 'scgi']) checkModuleBuffers(module, level, family, world)
  const large = level.kind === 'server' ? level.inherited('large_client_header_buffers') : undefined
  if (large === undefined) return
  const pool = readSize(level.inherited('connection_pool_size')?.args[0]?.value ?? '512') ?? 0
  if ((readSize(large.args[1]?.value ?? '') ?? pool) >= pool) return
  const message =
    'the "large_client_header_buffers" size must be equal to or greater than "connection_pool_size"'
  family.fails(world, message, large, 'conflict')
}

const BUFFERS = ['buffer_size', 'buffers', 'busy_buffers_size', 'temp_file_write_size', 'max_temp_file_size']

function checkModuleBuffers(module: string, level: Level, family: Family, world: Call['world']) {
  if (!BUFFERS.some((name) => world.met.has(`${module}_${name}`))) return
  const own = BUFFERS.some((name) => level.seen.has(`${module}_${name}`))
  if (!own && level.kind !== 'server') return
  const found = BUFFERS.map((name) => level.inherited(`${module}_${name}`))
  const cause = found.find((one) => one !== undefined)
  if (cause === undefined) return
  const [size, buffers, busy, write, most] = found
  const number = (from: typeof size, index: number, fallback: number): number =>
    from === undefined ? fallback : (readSize(from.args[index]?.value ?? '') ?? fallback)
  const one = number(size, 0, PAGE)
  const count = buffers === undefined ? 8 : (readNumber(buffers.args[0]?.value ?? '') ?? 8)
  const each = number(buffers, 1, PAGE)
  const greatest = Math.max(one, each)
  const name = (what: string): string => `"${module}_${what}"`
  const than = `the maximum of the value of ${name('buffer_size')} and one of the ${name('buffers')}`
  const fails = (message: string, by: typeof size): void =>
    family.fails(world, message, by ?? cause, 'conflict')
  if (count < 2) return fails(`there must be at least 2 ${name('buffers')}`, buffers)
  const busySize = number(busy, 0, 2 * greatest)
  if (busySize < greatest)
    return fails(`${name('busy_buffers_size')} must be equal to or greater than ${than}`, busy)
  if (busySize > (count - 1) * each) {
    return fails(
      `${name('busy_buffers_size')} must be less than the size of all ${name('buffers')} minus one buffer`,
      busy ?? size,
    )
  }
  if (number(write, 0, 2 * greatest) < greatest) {
    return fails(`${name('temp_file_write_size')} must be equal to or greater than ${than}`, write)
  }
  const file = number(most, 0, 2 ** 30)
  if (file !== 0 && file < greatest) {
    fails(
      `${name('max_temp_file_size')} must be equal to zero to disable temporary files usage or must be equal to or greater than ${than}`,
      most,
    )
  }
}
