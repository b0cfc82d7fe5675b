// The version of this package. Knows where package.json is, from source or from a bundle.

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The version of the package this file belongs to, from source or from a bundle in any folder of it. */
export function version(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const path = join(folder, 'package.json')
    if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')).version
    if (folder === dirname(folder)) return 'unknown'
  }
}
