// What crossplane finds wrong with one statement. It knows a directive's places and how many arguments it takes, no values.
import type { Statement } from './crossplane.ts'
import { nginxOf, VERSIONS } from './directives.ts'
import { ARGS, allowedIn, type Form, PLACES, type PlaceName, takes } from './form.ts'
import { isLuaBlock } from './lua.ts'
import { isForeign } from './third-party.ts'

const CONTEXTS: Record<string, PlaceName> = {
  '': 'main',
  events: 'events',
  mail: 'mail',
  'mail server': 'mail server',
  stream: 'stream',
  'stream server': 'stream server',
  'stream upstream': 'stream upstream',
  http: 'http',
  'http server': 'server',
  'http location': 'location',
  'http upstream': 'upstream',
  'http server if': 'if in server',
  'http location if': 'if in location',
  'http location limit_except': 'limit_except',
}

const formsOf = (name: string): readonly Form[] =>
  VERSIONS.flatMap((version) => nginxOf(version).directives.get(name) ?? [])

/** What crossplane finds wrong with one statement: unknown, misplaced, or with the wrong arguments. */
export function analyze(
  statement: Statement,
  terminator: string,
  context: string[],
  strict: boolean,
): string | undefined {
  const { directive, args } = statement
  if (isLuaBlock(directive)) return undefined
  const forms = formsOf(directive)
  if (forms.length === 0)
    return strict && !isForeign(directive) ? `unknown directive "${directive}"` : undefined
  const place = CONTEXTS[context.join(' ')]
  if (place === undefined) return undefined
  const here = forms.filter((form) => allowedIn(form, PLACES[place]))
  if (here.length === 0)
    return isForeign(directive) ? undefined : `"${directive}" directive is not allowed here`
  let reason = ''
  for (const form of here.toReversed()) {
    const found = misuse(form, args, terminator)
    if (found === undefined) return undefined
    reason = found
  }
  return reason
}

function misuse(form: Form, args: string[], terminator: string): string | undefined {
  const block = (form.mask & ARGS.block) !== 0
  if (block && terminator !== '{') return `directive "${form.name}" has no opening "{"`
  if (!block && terminator !== ';') return `directive "${form.name}" is not terminated by ";"`
  if ((form.mask & ARGS.flag) !== 0 && args.length === 1) {
    if (/^(?:on|off)$/i.test(args[0] as string)) return undefined
    return `invalid value "${args[0]}" in "${form.name}" directive, it must be "on" or "off"`
  }
  return takes(form, args.length) ? undefined : `invalid number of arguments in "${form.name}" directive`
}
