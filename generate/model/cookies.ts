// A cookie's value as an expression. nginx's own $cookie_… cannot say names with a dash.

import { type Expr, expr } from '../arg.ts'
import type { Draft } from './draft.ts'

export function cookieValue(draft: Draft, name: string): Expr {
  if (!name.includes('-')) return expr(`$cookie_${name}`)
  return draft.map(`cookie_${name}`, `The cookie ${name}: $cookie_ takes no dash.`, '$http_cookie', [
    ['default', ''],
    [`~*(?:^|;\\s*)${name}=(?<postern_cookie>[^;]*)`, expr('$postern_cookie')],
  ])
}

/** What stands for a visitor who may not bring `value`: the address, so that leaving it out gains nothing. */
export function orAddress(draft: Draft, name: string, value: Expr, address: string): Expr {
  return draft.map(`${name}_or_address`, 'Who brings none is known by the address.', value.expr, [
    ['', expr(address)],
    ['default', value],
  ])
}
