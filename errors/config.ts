// Errors of config/: code, blame, facts, text, hint.
import { table } from './table.ts'

export const configErrors = table({
  CONFIG_NOT_FOUND: {
    blame: 'operator',
    text: (f: { folder: string }) => `there is no postern.config.ts (or .mjs, .js, .json) in ${f.folder}`,
    hint: () => '`postern init` looks at the project and writes one; `--config <file>` names another',
  },
  CONFIG_UNREADABLE: {
    blame: 'operator',
    text: (f: { path: string; reason: string }) => `${f.path} cannot be read: ${f.reason}`,
  },
  CONFIG_NO_SITE: {
    blame: 'operator',
    text: (f: { path: string; found: string }) =>
      `${f.path} must export its site as default, found ${f.found}`,
    hint: () => 'export default defineSite({ … })',
  },
  CONFIG_INVALID: {
    blame: 'operator',
    text: (f: { path: string; problems: readonly string[] }) =>
      `${f.path} has ${f.problems.length === 1 ? 'a problem' : `${f.problems.length} problems`}:\n${f.problems.map((p) => `  ${p}`).join('\n')}`,
    hint: () => 'every key is described in docs/site.md',
  },
  CONFIG_PYTHON_MISSING: {
    blame: 'operator',
    exit: 5,
    text: (f: { python: string; reason: string }) =>
      `the project’s Python cannot be started: ${f.python}: ${f.reason}`,
    hint: () => 'name the interpreter (`python`) or the virtualenv (`home`) in the site file',
  },
  CONFIG_DJANGO_FAILED: {
    blame: 'operator',
    text: (f: { python: string; project: string; reason: string }) =>
      `Django’s settings in ${f.project} could not be read by ${f.python}: ${f.reason}`,
    hint: (f: { python: string }) =>
      `the settings are imported as \`manage.py\` does; try \`${f.python} manage.py check\`, or name python, home, settings or env in django({ … })`,
  },
  CONFIG_DJANGO_SLOW: {
    blame: 'operator',
    text: (f: { project: string; seconds: number }) =>
      `Django’s settings in ${f.project} were not read within ${f.seconds} seconds`,
    hint: () =>
      'something waits while the settings are imported (a network, a prompt); settings should only set values',
  },
})
