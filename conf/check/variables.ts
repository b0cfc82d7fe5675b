// `$variables`: what a text with them may look like, which ones a directive defines, which ones nobody defines.
import type { Call } from './call.ts'
import type { Family, World } from './level.ts'
import { problemAt } from './problem.ts'

/** Reads argument `index` as a text with variables, as nginx's script compiler does. */
export function useText(call: Call, index: number, text: string = call.arg(index)) {
  for (let at = text.indexOf('$'); at !== -1; at = text.indexOf('$', at)) {
    at++
    if (/[1-9]/.test(text[at] ?? '')) {
      at++
      continue
    }
    const bracket = text[at] === '{'
    if (bracket) at++
    const name = /^[A-Za-z0-9_]*/.exec(text.slice(at, at + 256))?.[0] ?? ''
    if (bracket && text[at + name.length] !== '}' && at < text.length) {
      call.fail(`the closing bracket in "${name}" variable is missing`, index, 'variable')
      return
    }
    if (name === '') {
      call.fail(
        'invalid variable name',
        index,
        'variable',
        'a "$" that is no variable has to come from one: geo $dollar { default "$"; }',
      )
      return
    }
    at += name.length + (bracket ? 1 : 0)
    useVariable(call, index, name)
  }
}

/** Notes that a variable is read; whether it exists is asked when the block is complete. */
export function useVariable(call: Call, index: number, name: string) {
  const { file, span } = problemAt(call.directive, '', index, 'variable', 'error')
  call.family?.uses.push({ name: name.toLowerCase(), file, span })
}

/** Variables of nginx's own that a configuration may set. */
const CHANGEABLE =
  /^(?:args|limit_rate|ssl_.*|msie|modern_browser|ancient_browser|proxy_host|proxy_port|proxy_internal_host|uploadprogress_.*|invalid_referer|memc_.*)$/

/** Notes that argument `index` names a variable which this directive defines. */
export function defineVariable(call: Call, index: number) {
  const text = call.arg(index)
  if (!text.startsWith('$')) {
    call.fail(`invalid variable name "${text}"`, index, 'variable')
    return
  }
  if (text.length === 1) {
    call.fail('invalid variable name "$"', index, 'variable')
    return
  }
  const name = text.slice(1).toLowerCase()
  const own = call.form.type === 'HTTP' ? call.world.nginx.variables.http : call.world.nginx.variables.stream
  if (own.has(name) && !CHANGEABLE.test(name) && !name.endsWith('_')) {
    call.fail(
      `the duplicate "${name}" variable`,
      index,
      'variable',
      `$${name} is nginx's own and cannot be set`,
    )
  }
  call.family?.defined.add(name)
}

/** Modules that make variables as they please. */
const MADE = /^(?:nchan_|jwt_|push_stream_|memc_|echo_|spnego_|otel_|vts_|upstream_balancer|rds_|modsec)/

export function reportUnknownVariables(world: World, family: Family) {
  if (!world.whole || world.foreign) return
  const { variables, prefixes } = world.nginx
  const own = family.type === 'HTTP' ? variables.http : variables.stream
  const starts = family.type === 'HTTP' ? prefixes.http : prefixes.stream
  for (const { name, file, span } of family.uses) {
    if (family.defined.has(name) || (own.has(name) && !name.endsWith('_'))) continue
    if (starts.some((prefix) => name.startsWith(prefix)) || MADE.test(name)) continue
    world.problems.push({
      code: 'variable',
      severity: 'error',
      message: `unknown "${name}" variable`,
      found: { file, offset: span.start.offset },
      file,
      span,
    })
  }
}
