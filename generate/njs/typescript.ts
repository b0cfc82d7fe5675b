// TypeScript 5.9, the one that still writes ES5. By require(): an import() of these nine megabytes spends half a second
// looking for export names before anything runs.
import { createRequire } from 'node:module'

const load = createRequire(import.meta.url)

export const typescript = (): typeof import('typescript-es5') => load('typescript-es5')
