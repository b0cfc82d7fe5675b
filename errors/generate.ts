// Errors of generate/: code, blame, facts, text, hint.
import { table } from './table.ts'

export const generateErrors = table({})
