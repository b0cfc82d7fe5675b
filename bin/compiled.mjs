// Starts a CommonJS bundle from the form V8 compiled it to, which the build left beside it. That form is taken only when this
// very Node.js made it from this very text and no byte of it has changed; else the bundle is loaded as any other.
// It lies in the folder of the code itself, so whoever could change it could change the code.

import { readFileSync, writeFileSync } from 'node:fs'
import module, { createRequire } from 'node:module'
import { dirname } from 'node:path'
import v8 from 'node:v8'
import vm from 'node:vm'
import zlib from 'node:zlib' // by name, Node.js 21 would not start: it has no crc32

// These commands end soon: most of what V8 optimises, beside the main thread, would be done too late to be of use, and a
// regex is compiled twice, for a slow and a quick start. With five times its patience, and once, 1,000 and 10,000 lines of
// lint take a third less processor time. Measured on V8 11, so only there.
if (process.versions.v8.startsWith('11.')) {
  v8.setFlagsFromString('--interrupt-budget=600000')
  v8.setFlagsFromString('--no-regexp-tier-up')
}

/** A bundle ends with the name of its text: this many characters. */
const NAME_LENGTH = 64
const HEAD_LENGTH = NAME_LENGTH + 8

/** V8 checks its version and its flags itself, but of the text only the length, and no sum. */
const headOf = (text, data) => text.slice(-NAME_LENGTH) + zlib.crc32(data).toString(16).padStart(8, '0')

export const compiledPath = (path) => `${path}.${process.version}-${process.arch}`

/** The text has no `import()`: in a script from its compiled form V8 finds no one to ask for it. */
const compile = (path, text, cachedData) => new vm.Script(module.wrap(text), { filename: path, cachedData })

function start(path, script) {
  const made = { exports: {} }
  script.runInThisContext()(made.exports, createRequire(path), made, path, dirname(path))
  return made.exports
}

/** What the bundle exports. Its text is ASCII. */
export function load(path) {
  const kept = readIfThere(compiledPath(path))
  if (kept !== undefined && zlib.crc32 !== undefined) {
    const text = readFileSync(path, 'latin1')
    const data = kept.subarray(HEAD_LENGTH)
    if (kept.latin1Slice(0, HEAD_LENGTH) === headOf(text, data)) return start(path, compile(path, text, data))
  }
  return createRequire(path)(path)
}

function readIfThere(path) {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

/** For the build: runs what the bundle exports as its own exercise, and keeps what V8 has compiled by then. */
async function keep(path) {
  const text = readFileSync(path, 'latin1')
  const script = compile(path, text, undefined)
  await start(path, script).exercise()
  const data = script.createCachedData()
  writeFileSync(compiledPath(path), Buffer.concat([Buffer.from(headOf(text, data), 'latin1'), data]))
  process.exit(0)
}

if (process.argv[1] === import.meta.filename) await keep(process.argv[2])
