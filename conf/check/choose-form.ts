// Which entry of nginx's command tables a directive is: known, allowed here, ended rightly, with the right number of
// arguments. Knows nothing of values.

import { thirdPartyForms } from '../directives.ts'
import { allowedIn, describeArguments, type Form, isBlock, takes } from '../form.ts'
import { isLuaBlock } from '../lua.ts'
import type { Directive } from '../node.ts'
import { isForeign, isThirdParty } from '../third-party.ts'
import { placesHint, SUGGESTION_LIMIT, unknownHint } from './hints.ts'
import type { Level, World } from './level.ts'
import { problemAt } from './problem.ts'

/** Modules that have a twin for stream{} which Debian does not package. */
const TWINNED = /^ngx_http_(?:lua|echo)_module$/

/** The entry of the command tables this directive is, after ngx_conf_handler's questions; undefined: it is told, or
 * may be of a module that is not known. */
export function formOf(directive: Directive, level: Level, world: World): Form | undefined {
  const name = directive.name.value
  const forms = world.nginx.directives.get(name)
  const here = forms?.filter((form) => allowedIn(form, level.place)) ?? []
  if (here.length === 0) {
    const others = thirdPartyForms(name)
    const elsewhere = others.find((form) => allowedIn(form, level.place) && form.type !== 'CONF')
    const foreignOnly = forms === undefined || forms.every(({ module }) => isThirdParty(module))
    if (elsewhere !== undefined && foreignOnly) return elsewhere
    const known = forms !== undefined || others.length > 0
    if (
      (level.place.type === 'STRM' && foreignOnly && others.some(({ module }) => TWINNED.test(module))) ||
      (forms === undefined && isForeign(name)) ||
      (!known && directive.block?.rawBody !== undefined && isLuaBlock(name))
    ) {
      world.foreign = true
      // It may be what brings the servers of an upstream: postgres_server, jdomain, …
      if (level.kind === 'upstream' || level.kind === 'stream upstream') level.incomplete = true
      return undefined
    }
    const message =
      forms === undefined ? `unknown directive "${name}"` : `"${name}" directive is not allowed here`
    const code = forms === undefined ? 'unknown-directive' : 'context'
    const hint =
      forms === undefined
        ? unknownHint(name, world.nginx.versions, world.suggestions++ < SUGGESTION_LIMIT)
        : placesHint(forms)
    world.problems.push(problemAt(directive, message, undefined, code, 'error', hint))
    return undefined
  }
  const block = directive.terminator === '{'
  const shaped = here.filter((form) => isBlock(form) === block)
  if (shaped.length === 0) {
    const message = block
      ? `directive "${name}" is not terminated by ";"`
      : `directive "${name}" has no opening "{"`
    world.problems.push(problemAt(directive, message, undefined, 'terminator', 'error'))
    return undefined
  }
  const fitting = shaped.find((form) => takes(form, directive.args.length))
  if (fitting !== undefined) return fitting
  const other = thirdPartyForms(name).find(
    (form) => allowedIn(form, level.place) && isBlock(form) === block && takes(form, directive.args.length),
  )
  if (other !== undefined) return other
  const message = `invalid number of arguments in "${name}" directive`
  const hint = `it takes ${describeArguments(shaped[0] as Form)}`
  world.problems.push(problemAt(directive, message, undefined, 'arguments', 'error', hint))
  return undefined
}
