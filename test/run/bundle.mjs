// Bundles every test file before ava starts: with tsx, each of the 160 processes spent most of its second of start-up on
// finding and compiling the same modules again. A module stays itself: import.meta says where its source is, and what two
// test files share is a chunk. Plain JavaScript: ava reads it for its configuration.

import { mkdirSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { glob } from 'tinyglobby'

const root = join(import.meta.dirname, '../..')
// By its real name, for source maps are relative: node_modules of a git worktree may be a link.
const all = join(realpathSync(join(root, 'node_modules')), '.cache/postern-tests')

/** What tests start as processes of their own, or import there. */
const programs = [
  'cli/run.ts',
  'gateway/privileges.ts',
  'scripts/fuzz.ts',
  'test/fixtures/listen/listen-alone.ts',
  'test/helpers/cli-lines.ts',
]

/** Packages that look for files of their own (a binary, their own modules), or that must be ava's. */
const external = ['ava', 'esbuild', 'playwright-core', 'typescript-es5']

const own = { dirname: '__sourceFolder', filename: '__sourceFile', url: '__sourceUrl' }

/** import.meta of the source, in the bundle. */
const sourceMeta = {
  name: 'source-meta',
  setup(build) {
    build.onLoad({ filter: /\.[cm]?[jt]s$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      if (!text.includes('import.meta')) return undefined
      const values = { dirname: dirname(path), filename: path, url: pathToFileURL(path).href }
      const head = Object.entries(own).map(([key, name]) => `const ${name}=${JSON.stringify(values[key])};`)
      // On the first line, which is a comment: lines stay where they are.
      return { contents: head.join('') + text, loader: path.endsWith('ts') ? 'ts' : 'js' }
    })
  },
}

/** A package that is loaded when it is needed stays where it is, as in dist/: a chunk of CommonJS would have no names. */
const lateExternal = {
  name: 'late-external',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { external: true } : undefined,
    )
  },
}

/** Folders of runs that were killed. */
function sweep() {
  mkdirSync(all, { recursive: true })
  for (const name of readdirSync(all)) {
    try {
      process.kill(Number(name), 0)
    } catch {
      rmSync(join(all, name), { recursive: true, force: true })
    }
  }
}

/** The folder with `test/x.test.mjs` for every `test/x.test.ts`; it goes with this process. */
export async function bundleTests() {
  sweep()
  const outdir = join(all, String(process.pid))
  process.on('exit', () => rmSync(outdir, { recursive: true, force: true }))
  const common = {
    absWorkingDir: root,
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
    banner: {
      js: "import { createRequire as bundleRequire } from 'node:module'; const require = bundleRequire(import.meta.url);",
    },
  }
  const tests = build({
    ...common,
    entryPoints: [...(await glob('test/**/*.test.ts', { cwd: root })), ...programs],
    outbase: root,
    chunkNames: 'chunks/[name]-[hash]',
    splitting: true,
    sourcemap: true,
    sourcesContent: false,
    external,
    define: Object.fromEntries(Object.entries(own).map(([key, name]) => [`import.meta.${key}`, name])),
    plugins: [sourceMeta, lateExternal],
  })
  // One file that finds everything beside itself, as in a built site.
  const gateway = build({ ...common, entryPoints: { gateway: 'gateway/main.ts' } })
  await Promise.all([tests, gateway])
  return outdir
}
