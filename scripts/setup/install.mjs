// Installs missing system packages through apt when that is permitted; else says the exact command and gives up.
// Knows no package by name: those are packages.mjs's.

import { execFileSync, spawnSync } from 'node:child_process'
import { which } from './packages.mjs'

/** Exit code for "a system package is missing and may not be installed" (docs/exit-codes.md). */
export const EXIT_MISSING_PACKAGE = 5

const say = (line) => process.stderr.write(`${line}\n`)

/** The words to put before apt-get, or undefined when this user may not install. */
function permission() {
  if (process.env.POSTERN_NO_INSTALL) return undefined
  if (!which('apt-get')) return undefined
  if (process.getuid?.() === 0) return []
  return which('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0
    ? ['sudo', '-n']
    : undefined
}

function aptGet(prefix, args) {
  const [file, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-y', '-q', ...args]
  return spawnSync(file, rest, { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0
}

const uid = () => (process.getuid?.() === 0 ? '' : 'sudo ')

/** Makes sure that everything in `wanted` is there. Ends the program with code 5 when it cannot be. */
export function ensurePackages(wanted) {
  const missing = wanted.filter((entry) => !entry.present())
  if (missing.length === 0) return
  const packages = missing.map((entry) => entry.package)
  const command = `${uid()}apt-get install -y ${packages.join(' ')}`
  say(`postern: missing: ${missing.map((entry) => entry.what).join(', ')}`)
  const prefix = permission()
  if (!prefix) {
    const why = process.env.POSTERN_NO_INSTALL
      ? 'POSTERN_NO_INSTALL is set'
      : which('apt-get')
        ? 'this user may not install packages'
        : 'there is no apt-get on this system'
    say(`postern: cannot install: ${why}. Please install with:\n\n    ${command}\n`)
    say('  (elsewhere than on Debian: nginx with its njs module, the njs command, Python 3 and Django)')
    process.exit(EXIT_MISSING_PACKAGE)
  }
  say(`postern: installing with: ${command}`)
  const done =
    aptGet(prefix, ['install', '--no-install-recommends', ...packages]) ||
    (aptGet(prefix, ['update']) && aptGet(prefix, ['install', '--no-install-recommends', ...packages]))
  const still = wanted.filter((entry) => !entry.present())
  if (!done || still.length > 0) {
    say(
      `postern: still missing after the installation: ${still.map((entry) => `${entry.what} (${entry.package})`).join(', ') || 'unknown; apt-get failed'}. Please run:\n\n    ${command}\n`,
    )
    process.exit(EXIT_MISSING_PACKAGE)
  }
}

/** Runs a command with the terminal's own output; ends the program with its code when it fails. */
export function run(file, args, options = {}) {
  try {
    execFileSync(file, args, { stdio: 'inherit', ...options })
  } catch (error) {
    process.exit(error.status ?? 70)
  }
}
