// Response headers that uWSGI adds to every answer: the generated site's.

import type { Draft } from '../draft.ts'
import type { Entry } from '../entry.ts'
import { tell } from '../value.ts'

/** Headers of one connection: whoever holds the connection decides them. */
const hopByHop = /^(connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i

/** `Name: value` */
export function addHeader(entry: Entry, draft: Draft, text: string): undefined {
  const [, name, value] = /^([\w-]+):\s*(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined) {
    tell(draft, entry, 'warning', `${entry.key} = ${entry.value}: expected \`Name: value\``)
  } else if (hopByHop.test(name)) {
    const text = `${entry.key} = ${entry.value}: connections are kept alive or closed by whoever holds them`
    tell(draft, entry, 'note', text, 'remove the line')
  } else {
    draft.onlyNginx.push(entry)
    draft.site.headers[name] = value
  }
  return undefined
}
