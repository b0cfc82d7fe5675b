// Names and places: server_name, location and how they nest, root and alias.
import type { Call } from '../call.ts'
import type { Level } from '../level.ts'
import { problemAt } from '../problem.ts'
import { useText } from '../variables.ts'
import type { Handler } from './core.ts'
import { useRegex } from './rewrite.ts'

const serverName: Handler = (call) => {
  for (const [index, word] of call.args.entries()) {
    if ((word.startsWith('*') && (word.length < 3 || word[1] !== '.')) || word === '.') {
      return call.fail(`server name "${word}" is invalid`, index)
    }
    if (word.startsWith('~')) {
      if (word.length === 1) return call.fail(`empty regex in server name "${word}"`, index)
      useRegex(call, index, word.slice(1))
      if (call.failed) return
    } else if (word.includes('/')) call.warn(`server name "${word}" has suspicious symbols`, index)
  }
}

const location: Handler = (call) => {
  const { level } = call
  const [first = '', second] = call.args
  let modifier = ''
  let name = first
  if (second !== undefined) {
    if (!['=', '^~', '~', '~*'].includes(first)) return call.fail(`invalid location modifier "${first}"`, 0)
    modifier = first
    name = second
  } else {
    modifier = /^(?:=|\^~|~\*|~)/.exec(first)?.[0] ?? ''
    name = first.slice(modifier.length)
  }
  const regex = modifier.startsWith('~')
  const named = second === undefined && modifier === '' && name.startsWith('@')
  const predicate = modifier === '' && name.startsWith('$') && call.world.minor >= 31
  if (regex) useRegex(call, call.args.length - 1, name)
  if (predicate) useText(call, call.args.length - 1)
  if (call.failed) return
  const outer = level.kind === 'location' ? level.location : undefined
  if (outer !== undefined) {
    const show = (what: string): void =>
      call.fail(
        `location "${name}" cannot be inside the ${what} location "${outer.name}"`,
        undefined,
        'structure',
      )
    if (outer.exact) return show('exact')
    if (outer.named) return show('named')
    if (named)
      return call.fail(`named location "${name}" can be on the server level only`, undefined, 'structure')
    if (!regex && !predicate && outer.predicate !== true && !name.startsWith(outer.name)) {
      return call.fail(`location "${name}" is outside location "${outer.name}"`, undefined, 'structure')
    }
  }
  call.opens = { name, exact: modifier === '=', named, regex, predicate }
  if (!regex && !named && !predicate)
    noteLocation(call, level, `${modifier === '=' ? '=' : ' '}${name}`, name)
}

/** Two exact or two prefix locations of one name; nginx finds out when http{} is complete and names the second. */
function noteLocation(call: Call, level: Level, key: string, name: string) {
  if (!level.locations.has(key)) {
    level.locations.add(key)
    return
  }
  const problem = problemAt(
    call.directive,
    `duplicate location "${name}"`,
    call.args.length - 1,
    'duplicate',
    'error',
  )
  call.family?.atEnd.push(() => call.world.problems.push(problem))
}

const root: Handler = (call) => {
  const other = call.name === 'alias' ? 'root' : 'alias'
  if (call.isDuplicate) return call.duplicate()
  if (call.level.seen.has(other)) {
    return call.fail(
      `"${call.name}" directive is duplicate, "${other}" directive was specified earlier`,
      undefined,
      'duplicate',
    )
  }
  if (call.name === 'alias' && call.level.location?.named === true && call.level.kind === 'location') {
    return call.fail('the "alias" directive cannot be used inside the named location', undefined, 'structure')
  }
  for (const name of ['document_root', 'realpath_root']) {
    if (call.arg(0).includes(`$${name}`) || call.arg(0).includes(`\${${name}}`)) {
      return call.fail(`the $${name} variable cannot be used in the "${call.name}" directive`, 0)
    }
  }
  useText(call, 0)
}

export const locations: Record<string, Handler> = {
  'HTTP:server_name': serverName,
  'STRM:server_name': serverName,
  'HTTP:location': location,
  'HTTP:root': root,
  'HTTP:alias': root,
}
