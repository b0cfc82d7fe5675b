// What may be imported inside nginx: njs's own modules in the only form every engine takes (default import),
// `postern/edge`, and the virtual modules `postern:…` the caller hands in.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'esbuild'

/** Built-in module → functions that a named import may ask for. */
const builtins: Record<string, string[]> = {
  crypto: ['createHash', 'createHmac'],
  fs: [
    ...[
      'accessSync',
      'appendFileSync',
      'readFileSync',
      'readdirSync',
      'realpathSync',
      'statSync',
      'unlinkSync',
    ],
    ...['writeFileSync'],
  ],
  querystring: ['decode', 'encode', 'escape', 'parse', 'stringify', 'unescape'],
}

/** The folder with postern's own njs sources, found from here upwards (source tree, dist/, node_modules/postern). */
export function njsFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'njs', 'request.ts'))) {
    const up = dirname(folder)
    if (up === folder) throw new Error('postern: the folder njs/ is missing from the package')
    folder = up
  }
  return join(folder, 'njs')
}

export function posternPlugin(modules: Record<string, { code: string; resolveDir?: string }>): Plugin {
  return {
    name: 'postern-njs',
    setup(build) {
      build.onResolve({ filter: /^postern\/edge$/ }, () => ({ path: join(njsFolder(), 'edge.ts') }))
      build.onResolve({ filter: /^postern:/ }, ({ path }) => ({ path: path.slice(8), namespace: 'postern' }))
      build.onLoad({ filter: /.*/, namespace: 'postern' }, ({ path }) => {
        const found = modules[path]
        if (!found) return { errors: [{ text: `there is no module postern:${path}` }] }
        return {
          contents: found.code,
          loader: 'ts',
          ...(found.resolveDir ? { resolveDir: found.resolveDir } : {}),
        }
      })
      build.onResolve({ filter: /^(node:|njs:)?(crypto|fs|querystring)$/ }, ({ path, namespace }) => {
        const name = path.replace(/^(node|njs):/, '')
        return namespace === 'njs-builtin'
          ? { path: name, external: true }
          : { path: name, namespace: 'njs-builtin' }
      })
      build.onResolve({ filter: /^node:/ }, ({ path }) => ({
        errors: [{ text: `Could not resolve "${path}": njs has no such module` }],
      }))
      build.onLoad({ filter: /.*/, namespace: 'njs-builtin' }, ({ path }) => ({
        contents: [
          `import m from "${path}"; export default m;`,
          ...(builtins[path] as string[]).map(
            (name) => `export function ${name}() { return m.${name}.apply(m, arguments) }`,
          ),
        ].join('\n'),
        loader: 'js',
        resolveDir: '/',
      }))
    },
  }
}
