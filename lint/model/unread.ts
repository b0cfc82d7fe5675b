// Includes that could not be opened: what a block seems to lack may stand in them.

import type { Statement } from './statement.ts'

const isUnread = (include: Statement): boolean =>
  !/[*?[]/.test(include.arg) && (include.node?.included ?? []).length === 0

/** This block itself has an include that was not opened. */
export const hasUnread = (block: Statement): boolean => block.all('include').some(isUnread)

/** This block or one around it has. */
export function unreadAround(block: Statement): boolean {
  for (const level of block.up()) if (hasUnread(level)) return true
  return false
}
