// Directives whose `off` stands alone (proxy_redirect, proxy_cookie_path, mirror, …).
import type { Call } from '../call.ts'

/** With another of the name in the block, the later one is one too many. */
export function clashesWithOff(call: Call): boolean {
  const mark = `${call.name} off`
  const isOff = call.arg(0) === 'off' && call.args.length === 1
  const clash = call.level.seen.has(mark) || (isOff && call.isDuplicate)
  if (clash) call.duplicate()
  if (isOff) call.level.seen.set(mark, call.directive)
  return clash
}
