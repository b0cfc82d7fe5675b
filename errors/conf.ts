// Errors of conf/: code, blame, facts, text, hint.
import { table } from './table.ts'

export const confErrors = table({
  CONF_BROKEN: {
    blame: 'operator',
    text: (f: { message: string; frame: string }) => `${f.message}\n${f.frame}`,
    hint: () => 'nginx does not read this file either; mend it first',
  },
  CONF_UNREADABLE: {
    blame: 'operator',
    text: (f: { file: string; reason: string }) => `${f.file} cannot be read: ${f.reason}`,
    hint: () => 'name a configuration file, or - for standard input',
  },
})
