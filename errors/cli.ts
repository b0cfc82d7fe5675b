// Errors of cli/: code, blame, facts, text, hint.
import { table } from './table.ts'

export const cliErrors = table({})
