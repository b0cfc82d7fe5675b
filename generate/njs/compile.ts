// TypeScript in, scripts out that njs 0.7.9 loads: bundle, check, lower, prove with the real engine.
// Knows esbuild and TypeScript's ES5 emitter; knows nothing of sites. Nothing is written to disk here.
import { join, resolve } from 'node:path'
import { type BuildFailure, build, type Message } from 'esbuild'
import { type Lowered, remember } from './cache.ts'
import { checkBundle } from './check.ts'
import { loadInEngine } from './engine.ts'
import { has } from './globals.ts'
import { njsFolder, posternPlugin } from './plugin.ts'
import type { CompileOptions, NjsEntry, NjsProblem, NjsResult, NjsTarget } from './types.ts'
import { typescript } from './typescript.ts'

export async function compileNjs(options: CompileOptions): Promise<NjsResult> {
  const files = new Map<string, string>()
  const problems: NjsProblem[] = []
  for (const entry of options.entries) {
    const bundle = await bundleEntry(entry, options)
    problems.push(...bundle.problems)
    if (bundle.code === undefined) continue
    const lowered = await lowerOnce(bundle.code, bundle.map, options.target, options.names)
    problems.push(...lowered.problems)
    if (lowered.text !== undefined) files.set(`${entry.name}.js`, lowered.text)
  }
  if (problems.some((problem) => problem.severity === 'error')) {
    return { files: new Map(), problems, provenBy: undefined }
  }
  const proof = await loadInEngine(files, options.engine)
  problems.push(...proof.problems)
  return { files: proof.problems.length > 0 ? new Map() : files, problems, provenBy: proof.version }
}

function lowerOnce(
  code: string,
  map: string,
  target: NjsTarget,
  names: readonly string[] | undefined,
): Promise<Lowered> {
  return remember([code, map, target, process.cwd(), ...(names ? [JSON.stringify(names)] : [])], async () => {
    const found = await checkBundle(code, map, target, names)
    const refused = found.some((problem) => problem.severity === 'error')
    return { text: refused ? undefined : await lower(code), problems: found }
  })
}

type Bundle = { code: string | undefined; map: string; problems: NjsProblem[] }

/** One ES module of the newest syntax, so that the checks see what the author wrote. */
async function bundleEntry(entry: NjsEntry, options: CompileOptions): Promise<Bundle> {
  try {
    const made = await build({
      ...('path' in entry
        ? { entryPoints: [entry.path] }
        : {
            stdin: {
              contents: entry.code,
              resolveDir: entry.resolveDir,
              sourcefile: `${entry.name}.ts`,
              loader: 'ts',
            },
          }),
      bundle: true,
      write: false,
      outdir: '/',
      format: 'esm',
      platform: 'neutral',
      target: 'esnext',
      mainFields: ['module', 'main'],
      conditions: ['njs', 'import', 'default'],
      charset: 'utf8',
      treeShaking: true,
      legalComments: 'none',
      sourcemap: 'external',
      sourcesContent: false,
      logLevel: 'silent',
      tsconfigRaw: { compilerOptions: { useDefineForClassFields: false, experimentalDecorators: true } },
      define: options.define ?? {},
      inject: has(options.target, 'njs-0.8') ? [] : [join(njsFolder(), 'lib/console.ts')],
      plugins: [posternPlugin(options.modules ?? {})],
    })
    const map = made.outputFiles.find((file) => file.path.endsWith('.map'))
    const code = made.outputFiles.find((file) => !file.path.endsWith('.map'))
    return {
      code: code?.text,
      map: map?.text ?? '{}',
      problems: made.warnings.map((m) => problemOf(m, 'warning')),
    }
  } catch (cause) {
    const failure = cause as BuildFailure
    if (!Array.isArray(failure.errors)) throw cause
    return { code: undefined, map: '{}', problems: failure.errors.map((m) => problemOf(m, 'error')) }
  }
}

function problemOf(message: Message, severity: NjsProblem['severity']): NjsProblem {
  return {
    severity,
    rule: /could not resolve/i.test(message.text) ? 'import' : 'syntax',
    message: message.text,
    hint: message.notes.map((note) => note.text).join(' ') || 'esbuild could not bundle this file',
    file: message.location ? resolve(message.location.file) : '',
    line: message.location?.line ?? 1,
    column: (message.location?.column ?? 0) + 1,
  }
}

/** esbuild cannot write ES5, TypeScript 7 no longer does: TypeScript 5.9 lowers the bundle. */
async function lower(code: string): Promise<string> {
  const ts = typescript()
  const emitted = ts.transpileModule(code, {
    compilerOptions: {
      target: ts.ScriptTarget.ES5,
      module: ts.ModuleKind.ES2015,
      allowJs: true,
      // Without it, for-of over anything but an array silently does nothing.
      downlevelIteration: true,
      removeComments: true,
    },
  }).outputText
  // njs 0.7 refuses `export { x as default }`.
  return emitted.replace(/^export \{\s*([\w$]+) as default\s*\};?\s*$/m, 'export default $1;')
}
