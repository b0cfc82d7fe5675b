// Folders of files in an existing nginx.conf: which paths they have, and which of them hold what visitors have sent.

import type { Directive } from '../../conf/node.ts'
import { find, findLast } from '../../conf/walk.ts'
import type { Value } from '../../uwsgi/print-site.ts'

type Fields = { [key: string]: Value }

export function folders(inSite: Directive[]): Fields {
  const found = inSite.filter((two) => two.name.value === 'location').flatMap(folderOf)
  const list = (media: boolean): Value[] =>
    found.filter((two) => two.media === media).map((two) => two.folder)
  return {
    ...(list(false).length > 0 ? { static: list(false) } : {}),
    ...(list(true).length > 0 ? { media: list(true) } : {}),
  }
}

export function folderOf(location: Directive): { folder: Fields; media: boolean }[] {
  const path = location.args.at(-1)?.value ?? ''
  const modifier = location.args.length > 1 ? location.args[0]?.value : undefined
  if (modifier?.startsWith('~') || modifier === '=' || !path.startsWith('/') || path === '/') return []
  const at = path.endsWith('/') ? path : `${path}/`
  const alias = findLast(location, 'alias')?.args[0]?.value
  const root = findLast(location, 'root')?.args[0]?.value
  const folder = alias ?? (root === undefined ? undefined : `${root.replace(/\/$/, '')}${at}`)
  if (folder === undefined || folder.includes('$')) return []
  const media = /media|upload|protected|private/i.test(at)
  const access: Fields = find(location, 'internal').length > 0 ? { access: 'internal' } : {}
  return [{ folder: { at, root: folder, ...(media ? access : {}) }, media }]
}
