// Looks at an edge.ts without running it: which handlers does it export?
import { build } from 'esbuild'
import type { EdgeHandler } from './types.ts'

const known: EdgeHandler[] = ['route', 'rewrite', 'headers', 'respond']

/** In a fixed order. Unknown export names are returned too, so that the caller can name a typo. */
export async function edgeExports(path: string): Promise<{ handlers: EdgeHandler[]; unknown: string[] }> {
  const made = await build({
    entryPoints: [path],
    write: false,
    outdir: '/',
    format: 'esm',
    bundle: true,
    packages: 'external',
    metafile: true,
    logLevel: 'silent',
  })
  const names = Object.values(made.metafile.outputs).flatMap((output) => output.exports)
  return {
    handlers: known.filter((name) => names.includes(name)),
    unknown: names.filter((name) => !known.includes(name as EdgeHandler)),
  }
}

export const edgeHandlers = async (path: string): Promise<EdgeHandler[]> => (await edgeExports(path)).handlers
