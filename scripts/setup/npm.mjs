// Brings node_modules in line with package-lock.json, and only when it is not. Knows nothing of system packages.

import { createHash } from 'node:crypto'
import { existsSync, lstatSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './install.mjs'

const OLDEST_NODE = [20, 19]

export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return
  process.stderr.write(
    `postern: Node.js ${process.versions.node} is too old; ${OLDEST_NODE.join('.')} or newer is needed\n`,
  )
  process.exit(5)
}

/** `npm ci`, unless node_modules was made from this very lock file. */
export function ensureDependencies(root) {
  const modules = join(root, 'node_modules')
  if (existsSync(modules) && lstatSync(modules).isSymbolicLink()) return
  const lock = readFileSync(join(root, 'package-lock.json'))
  const digest = createHash('sha256').update(lock).digest('hex')
  const stamp = join(modules, '.postern-lock')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return
  const npmsOwn = join(modules, '.package-lock.json')
  const fresh =
    existsSync(npmsOwn) && statSync(npmsOwn).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs
  if (!fresh) {
    process.stderr.write('postern: installing npm dependencies (npm ci)\n')
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root })
  }
  writeFileSync(stamp, digest)
}
