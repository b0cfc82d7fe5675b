// Where this package lies: its templates, Python worker and njs sources are read from there, from source and from dist/.

import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'templates'))) return folder
  const parent = dirname(folder)
  return parent === folder ? folder : findRoot(parent)
}

export const packageRoot = findRoot(import.meta.dirname)
