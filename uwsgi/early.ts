// Lines that nobody ever read: before the first section head, and what a merge conflict leaves behind.

import { type Place, PosternError } from '../errors.ts'
import type { Problem } from './entry.ts'

/** A line before the first section head: nobody has ever read it. */
export function earlyLine(key: string, value: string, place: Place): Problem {
  const marker = mergeMarker(key, value)
  return marker === undefined
    ? { severity: 'warning', error: new PosternError('UWSGI_EARLY_LINE', { key }, { place }) }
    : { severity: 'error', error: new PosternError('UWSGI_MERGE_MARKER', { marker }, { place }) }
}

/** `<<<<<<< HEAD`, `=======`, `>>>>>>> branch`: real files have them, and uWSGI takes them for placeholders. */
export function mergeMarker(key: string, raw = ''): string | undefined {
  if (/^(<{7}|>{7})( |$)/.test(key)) return key
  return key === '' && raw === '======' ? '=======' : undefined
}
