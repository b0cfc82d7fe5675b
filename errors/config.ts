// Errors of config/: code, blame, facts, text, hint.
import { table } from './table.ts'

export const configErrors = table({})
