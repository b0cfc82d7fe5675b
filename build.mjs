// Builds postern itself into dist/, then the site of the current folder (or the demo's) into out/.
// Plain JavaScript: it is the one file that runs before anything is built. Knows nothing of nginx or of sites.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { build } from 'esbuild'

const root = import.meta.dirname
const dist = join(root, 'dist')
const started = performance.now()

/** What node_modules bundled into an ES module may still ask for. */
const requireShim =
  "import { createRequire as posternRequire } from 'node:module'; const require = posternRequire(import.meta.url);"

const { dependencies, version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))

/** A large table is one string to JSON.parse: quicker than V8 is with an object literal of that size, and small when compiled. */
const tables = {
  name: 'tables',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.generated\.json$/ }, async ({ path }) => {
      const text = JSON.stringify(JSON.parse(await readFile(path, 'utf8')))
      return { contents: `export default JSON.parse(${JSON.stringify(text)})`, loader: 'js' }
    }),
}

const common = {
  absWorkingDir: root,
  bundle: true,
  write: false,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  plugins: [tables],
  define: { POSTERN_VERSION: JSON.stringify(version) },
  outExtension: { '.js': '.mjs' },
  outdir: dist,
}

/** Small, and needed by nearly every command: one file less to look for, find and take apart each (15 ms in all). */
const inside = ['commander', 'picocolors', 'fastest-levenshtein', '@eslint-community/regexpp']

/** The others are loaded from node_modules when a command needs them: start-up stays quick and esbuild keeps its binary. */
const library = {
  external: Object.keys(dependencies).filter((name) => !inside.includes(name)),
  banner: { js: requireShim },
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
}

const groups = [
  {
    entries: {
      cli: 'cli/main.ts',
      config: 'config/define.ts',
      'gateway-module': 'gateway/index.ts',
      testing: 'njs/testing/index.ts',
      edge: 'njs/edge.ts',
    },
    options: library,
  },
  // Copied into out/ of every site, where there is no node_modules: everything is inside.
  {
    entries: { gateway: 'gateway/main.ts' },
    options: { banner: { js: requireShim } },
  },
  // Started from its compiled form (bin/compiled.mjs), which V8 only has for scripts. ASCII: half the memory, and quick to read.
  {
    entries: { quick: 'cli/quick.ts' },
    options: {
      external: library.external,
      format: 'cjs',
      charset: 'ascii',
      supported: { 'dynamic-import': false }, // a script from its compiled form has none
      outExtension: { '.js': '.cjs' },
      banner: { js: "const posternUrl = require('node:url').pathToFileURL(__filename).href;" },
      define: { ...common.define, 'import.meta.url': 'posternUrl', 'import.meta.dirname': '__dirname' },
    },
  },
]

async function bundle({ entries, options }) {
  const present = Object.entries(entries).filter(([, file]) => existsSync(join(root, file)))
  for (const [name, file] of Object.entries(entries)) {
    if (!existsSync(join(root, file))) console.log(`build: ${name}.mjs left out, ${file} is not there yet`)
  }
  if (present.length === 0) return []
  const { outputFiles } = await build({ ...common, ...options, entryPoints: Object.fromEntries(present) })
  return outputFiles.map((file) => (file.path.endsWith('.cjs') ? named(file) : file))
}

/** A script ends with a name for its text, so that its compiled form can say whose it is. esbuild leaves regexes as they are: all is ASCII. */
function named({ path, text }) {
  const ascii = text.replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  const name = createHash('sha256').update(ascii).digest('hex')
  return { path, contents: Buffer.from(`${ascii}//= ${name}`) }
}

/** Leaves the compiled form of a script beside it, made by the Node.js that builds. Without it all works, only slower. */
async function compile(path) {
  for (const name of await readdir(dist))
    if (name.startsWith(`${basename(path)}.`)) await rm(join(dist, name))
  const { status } = spawnSync(process.execPath, [join(root, 'bin/compiled.mjs'), path], { stdio: 'ignore' })
  if (status !== 0) console.log(`build: ${basename(path)} is not kept compiled`)
}

async function writeChanged(path, contents) {
  const old = await readFile(path).catch(() => undefined)
  if (old !== undefined && Buffer.compare(old, contents) === 0) return false
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, contents)
  return true
}

async function buildPostern() {
  const files = (await Promise.all(groups.map(bundle))).flat()
  const chunks = new Set(files.map((file) => relative(dist, file.path)))
  for (const file of files) await writeChanged(file.path, file.contents)
  for (const name of await readdir(join(dist, 'chunks')).catch(() => [])) {
    if (!chunks.has(join('chunks', name))) await rm(join(dist, 'chunks', name))
  }
  await compile(join(dist, 'quick.cjs'))
  console.log(`build: dist/ with ${files.length} files in ${Math.round(performance.now() - started)} ms`)
}

/** The site file of the folder the user stands in; else the demo's. */
async function siteFile() {
  const here = process.env.INIT_CWD ?? process.cwd()
  for (const folder of [here, join(root, 'examples/mysite')]) {
    for (const extension of ['ts', 'mjs', 'js', 'json']) {
      const path = join(folder, `postern.config.${extension}`)
      if (await stat(path).catch(() => undefined)) return { path, out: join(here, 'out') }
    }
  }
  return undefined
}

async function buildSite() {
  const site = await siteFile()
  if (!site) return console.log('build: no postern.config.ts here, no site built')
  if (!existsSync(join(dist, 'cli.mjs'))) return console.log('build: no command line yet, no site built')
  const argv = [join(root, 'bin/postern.mjs'), 'build', '--config', site.path, '--out', site.out]
  const { status } = spawnSync(process.execPath, argv, { stdio: 'inherit' })
  if (status !== 0) process.exitCode = status ?? 70
}

try {
  await buildPostern()
} catch (error) {
  // esbuild has printed its own messages with places.
  console.error(`build: postern itself could not be built: ${error.message}`)
  process.exit(70)
}
if (!process.argv.includes('--no-site')) await buildSite()
