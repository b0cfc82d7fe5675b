// Errors of lint/: code, blame, facts, text, hint.
import { table } from './table.ts'

export const lintErrors = table({
  LINT_BAD_VERSION: {
    blame: 'operator',
    text: ({ value }: { value: string }) => `"${value}" is not an nginx version`,
    hint: () => 'write it like 1.22.1, 1.26 or latest',
  },
  LINT_UNKNOWN_RULE: {
    blame: 'operator',
    text: ({ name }: { name: string; near: string | undefined }) => `there is no rule named "${name}"`,
    hint: ({ near }: { name: string; near: string | undefined }) =>
      near === undefined
        ? '`postern explain` lists the rules'
        : `did you mean ${near}? \`postern explain\` lists the rules`,
  },
  LINT_BAD_BASELINE: {
    blame: 'operator',
    text: ({ path, problem }: { path: string; problem: string }) =>
      `the baseline ${path} cannot be used: ${problem}`,
    hint: () => 'write a new one with --write-baseline',
  },
  LINT_BAD_SETTINGS: {
    blame: 'operator',
    text: ({ path, problem }: { path: string; problem: string }) =>
      `the settings ${path} cannot be used: ${problem}`,
    hint: () => 'it is JSON: {"rules": {"rule-name": "off" | "info" | "warning" | "error"}}',
  },
  LINT_UNREADABLE: {
    blame: 'operator',
    text: ({ path, problem }: { path: string; problem: string }) => `cannot read ${path}: ${problem}`,
  },
  LINT_BAD_CHOICE: {
    blame: 'operator',
    text: ({ option, value, choices }: { option: string; value: string; choices: string[] }) =>
      `${option} ${value} is not one of ${choices.join(', ')}`,
  },
})
