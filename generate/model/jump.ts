// Where njs is asked for a route: in the application's locations, and in a folder that is the whole site.

import { expr } from '../arg.ts'
import { block, type Line, line, literal, type Section, section } from '../site.ts'
import type { Draft } from './draft.ts'

/** Whether the site's script chooses among routes at all. */
export const hasJumps = (draft: Draft): boolean =>
  draft.made.wiring?.set.some(({ variable }) => variable === draft.own('route')) ?? false

/** 597 is never sent: it only carries the jump, and leaves the body unread. */
export function routing(draft: Draft): Section[] {
  if (!hasJumps(draft)) return []
  const route = expr(`$${draft.own('route')}`)
  return [
    section(
      'njs decides, nginx acts: a name of a location, or nothing, which means here.',
      line('error_page', 597, '=', route),
      recursive(),
      block('if', [expr(`(${route.expr})`)], [literal('return', 597)]),
    ),
  ]
}

/** For places that jump by a status: nginx would look at no error_page where the jump leads (502, preflight, …). */
export const recursive = (): Line => literal('recursive_error_pages', 'on')
