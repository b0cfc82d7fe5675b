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

/** Files of nginx's own package: what they hold is known, and it is none of what rules miss. */
const STOCK = /(?:^|\/)(?:(?:uwsgi|fastcgi|scgi)_params|fastcgi\.conf|mime\.types|koi-\w+|win-utf)$/

/** Like `unreadAround`, but for files whose content is known without reading them. */
export function unknownAround(block: Statement): boolean {
  for (const level of block.up())
    if (level.all('include').some((one) => isUnread(one) && !STOCK.test(one.arg))) return true
  return false
}
