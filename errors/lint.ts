// Errors of lint/: code, blame, facts, text, hint.
import { table } from './table.ts'

export const lintErrors = table({})
