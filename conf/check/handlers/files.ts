// How files are read: aio, directio, symbolic links, caches of open files.
import { problemAt } from '../problem.ts'
import { readNumber, readOffset, readTime } from '../values.ts'
import { useText } from '../variables.ts'
import type { Handler } from './core.ts'

const aio: Handler = (call) => {
  const [value = ''] = call.args
  if (call.isDuplicate) return call.duplicate()
  if (value === 'on' || value === 'off') return
  if (!/^threads(?:=|$)/.test(value)) return call.says('invalid value', 'value', 0)
  const pool = value.slice(8)
  if (value === 'threads') return
  if (pool.includes('$')) return useText(call, 0, pool)
  const { world, directive } = call
  world.atEnd.push(() => {
    if (!world.whole || pool === 'default' || world.threadPools.has(pool)) return
    world.problems.push(problemAt(directive, `unknown thread pool "${pool}"`, 0, 'reference', 'error'))
  })
}

const directio: Handler = (call) => {
  if (call.isDuplicate) call.duplicate()
  else if (call.arg(0) !== 'off' && readOffset(call.arg(0)) === undefined)
    call.says('invalid value', 'value', 0)
}

const disableSymlinks: Handler = (call) => {
  if (call.isDuplicate) return call.duplicate()
  let mode: string | undefined
  let from = false
  for (const [index, word] of call.args.entries()) {
    if (word === 'off' || word === 'on' || word === 'if_not_owner') mode = word
    else if (word.startsWith('from=')) {
      from = true
      useText(call, index, word.slice(5))
    } else return call.fail(`invalid parameter "${word}"`, index)
  }
  if (mode === undefined) return call.fail(`"${call.name}" must have "off", "on" or "if_not_owner" parameter`)
  if (call.args.length > 1 && !from) return call.fail(`duplicate parameters "${call.arg(0)} ${call.arg(1)}"`)
  if (from && mode === 'off') call.fail('"from=" cannot be used with "off" parameter')
}

const openFileCache =
  (extra: readonly string[]): Handler =>
  (call) => {
    const log = call.name === 'open_log_file_cache'
    if (call.isDuplicate) return call.duplicate()
    let max = 0
    for (const [index, word] of call.args.entries()) {
      const value = word.slice(word.indexOf('=') + 1)
      const numbers = ['max=', ...(log ? ['min_uses='] : [])]
      const times = ['inactive=', ...extra]
      let good = word === 'off'
      if (numbers.some((name) => word.startsWith(name))) {
        const number = readNumber(value)
        good = number !== undefined && (number > 0 || (log && word.startsWith('max=')))
        if (word.startsWith('max=')) max = readNumber(value) ?? 0
      } else if (times.some((name) => word.startsWith(name))) good = readTime(value, true) !== undefined
      if (!good) return call.fail(`invalid "${call.name}" parameter "${word}"`, index)
    }
    if (!call.args.includes('off') && max === 0) {
      call.fail(
        log
          ? '"open_log_file_cache" must have "max" parameter'
          : '"open_file_cache" must have the "max" parameter',
      )
    }
  }

export const files: Record<string, Handler> = {
  'HTTP:aio': aio,
  'HTTP:directio': directio,
  'HTTP:disable_symlinks': disableSymlinks,
  'HTTP:open_file_cache': openFileCache([]),
  'HTTP:open_log_file_cache': openFileCache(['valid=']),
  'STRM:open_log_file_cache': openFileCache(['valid=']),
}
