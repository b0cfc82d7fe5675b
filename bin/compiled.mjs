// Starts a CommonJS bundle from the form V8 compiled it to, which the build left beside it. That form is taken only when this
// very Node.js made it from this very text and no byte of it has changed; else the bundle is loaded as any other.
// It lies in the folder of the code itself, so whoever could change it could change the code.

import { readFileSync, writeFileSync } from 'node:fs'
import module, { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { constants, Script } from 'node:vm'
import { crc32 } from 'node:zlib'

/** A bundle ends with a comment that names its text: `//= ` and this many characters. */
const NAME_LENGTH = 64
const nameOf = (text) => text.slice(-NAME_LENGTH)

/** V8 checks its version and flags again, but neither the text nor the sum. */
const HEAD_LENGTH = NAME_LENGTH + 8
const headOf = (text, data) => nameOf(text) + crc32(data).toString(16).padStart(8, '0')

export const compiledPath = (path) => `${path}.${process.version}-${process.arch}`

const compile = (path, text, cachedData) =>
  new Script(module.wrap(text), {
    filename: path,
    cachedData,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })

function start(path, script) {
  const made = { exports: {} }
  script.runInThisContext()(made.exports, createRequire(path), made, path, dirname(path))
  return made.exports
}

/** What the bundle exports. Its text is ASCII. */
export function load(path) {
  const kept = readKept(path)
  if (kept === undefined) return createRequire(path)(path)
  const text = readFileSync(path, 'latin1')
  const data = kept.subarray(HEAD_LENGTH)
  if (kept.latin1Slice(0, HEAD_LENGTH) !== headOf(text, data)) return createRequire(path)(path)
  const script = compile(path, text, data)
  // Other flags (NODE_OPTIONS) than at the build: V8 has compiled the text itself.
  return start(path, script)
}

function readKept(path) {
  try {
    return readFileSync(compiledPath(path))
  } catch {
    return undefined
  }
}

/** For the build: runs the bundle's own exercise and keeps what V8 compiled for it. */
async function keep(path) {
  const text = readFileSync(path, 'latin1')
  const script = compile(path, text, undefined)
  await start(path, script).exercise()
  const data = script.createCachedData()
  writeFileSync(compiledPath(path), Buffer.concat([Buffer.from(headOf(text, data), 'latin1'), data]))
  process.exit(0)
}

if (process.argv[1] === import.meta.filename) await keep(process.argv[2])
