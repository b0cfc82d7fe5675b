// Errors of cli/: code, blame, facts, text, hint.
import { table } from './table.ts'

export const cliErrors = table({
  CLI_UNKNOWN_COMMAND: {
    blame: 'operator',
    text: (f: { name: string; similar: string | undefined }) =>
      `there is no command or file named '${f.name}'`,
    hint: (f: { name: string; similar: string | undefined }) =>
      f.similar ? `did you mean 'postern ${f.similar}'?` : 'postern --help lists the commands',
  },
  CLI_BAD_USAGE: {
    blame: 'operator',
    text: (f: { problem: string; remedy: string }) => f.problem,
    hint: (f: { problem: string; remedy: string }) => f.remedy,
  },
})
