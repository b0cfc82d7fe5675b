// Programs of this repository as processes of their own, from the bundles that test/run/bundle.mjs made for this run.

import { join } from 'node:path'

/** The file that node runs: `program('cli/run.ts')`. The list of those there are is bundle.mjs's. */
export const program = (source: string): string =>
  join(process.env.POSTERN_TEST_BUNDLES as string, source.replace(/\.ts$/, '.mjs'))
