// What every script begins with: this checkout's folder, and everything that a fresh machine lacks.

import { join } from 'node:path'
import { ensurePackages } from './install.mjs'
import { checkNode, ensureDependencies } from './npm.mjs'
import { searchPath } from './packages.mjs'

export const root = join(import.meta.dirname, '../..')

/** Node.js is new enough, the packages and node_modules are there; or the process ends and has said why. */
export function prepare(packages) {
  process.env.PATH = searchPath.join(':')
  checkNode()
  ensurePackages(packages)
  ensureDependencies(root)
}
