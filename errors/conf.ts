// Errors of conf/: code, blame, facts, text, hint.
import { table } from './table.ts'

export const confErrors = table({})
