// The version of this gateway; build.mjs writes it into bundles, the source tree reads package.json.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

declare const POSTERN_VERSION: string | undefined

export function version(): string {
  if (typeof POSTERN_VERSION === 'string') return POSTERN_VERSION
  try {
    const text = readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')
    return (JSON.parse(text) as { version: string }).version
  } catch {
    return 'unknown'
  }
}
