// Errors of uwsgi/: code, blame, facts, text, hint.
import { table } from './table.ts'

export const uwsgiErrors = table({})
