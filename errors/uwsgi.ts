// Errors of uwsgi/: code, blame, facts, text, hint.
import { table } from './table.ts'

const orList = (names: string[]): string => names.map((name) => `'${name}'`).join(' or ')

export const uwsgiErrors = table({
  UWSGI_FILE_MISSING: {
    blame: 'operator',
    text: (f: { path: string; at: string }) => `there is no file ${f.path}`,
    hint: (f: { path: string; at: string }) =>
      f.path === f.at ? 'check the path' : `looked at ${f.at}: paths are relative to the current directory`,
  },
  UWSGI_FILE_NOT_READ: {
    blame: 'operator',
    text: (f: { path: string; reason: string }) => `${f.path} cannot be read: ${f.reason}`,
  },
  UWSGI_FILE_KIND: {
    blame: 'operator',
    text: (f: { path: string; kind: string }) => `${f.path}: ${f.kind} configurations are not read`,
    hint: () => 'ini, yaml, json and xml are; `uwsgi … --show-config` prints any other as ini',
  },
  UWSGI_FILE_SYNTAX: {
    blame: 'operator',
    text: (f: { format: string; problem: string }) => `this is not valid ${f.format}: ${f.problem}`,
  },
  UWSGI_SECTION_MISSING: {
    blame: 'operator',
    text: (f: { section: string; sections: string[] }) =>
      `there is no [${f.section}] section${f.sections.length ? `, only ${f.sections.map((s) => `[${s}]`).join(' ')}` : ''}`,
    hint: (f: { section: string; sections: string[] }) =>
      f.sections[0] ? `name one of them: file:${f.sections[0]}` : 'options stand under a [uwsgi] line',
  },
  UWSGI_SECTION_HEAD: {
    blame: 'operator',
    text: () =>
      'text after the ] of a section head: uWSGI takes it as part of the name and ignores the section',
    hint: () => 'put the comment on its own line',
  },
  UWSGI_EARLY_LINE: {
    blame: 'operator',
    text: (f: { key: string }) => `'${f.key}' stands before the first [section]: uWSGI ignores the line`,
    hint: () => 'move it below [uwsgi]',
  },
  UWSGI_LOST_PERCENT: {
    blame: 'operator',
    text: (f: { found: string }) =>
      f.found === '%'
        ? 'a % at the end of a line: uWSGI removes it together with the line break'
        : `${f.found} is no magic variable: uWSGI removes both characters`,
    hint: (f: { found: string }) => `write %${f.found} if ${f.found} is meant`,
  },
  UWSGI_INCLUDE_DEPTH: {
    blame: 'operator',
    text: (f: { depth: number; path: string }) => `${f.path} is included more than ${f.depth} files deep`,
    hint: () => 'does it include itself?',
  },
  UWSGI_TOO_MUCH: {
    blame: 'operator',
    text: (f: { what: string; limit: number }) => `more than ${f.limit} ${f.what}`,
    hint: () => 'a loop that grows, or a placeholder that contains itself?',
  },
  UWSGI_NESTED_LOGIC: {
    blame: 'operator',
    text: (f: { inner: string; outer: string }) => `${f.inner} inside ${f.outer}: logic does not nest`,
    hint: (f: { inner: string; outer: string }) =>
      `close ${f.outer} first with end${f.outer.startsWith('for') ? 'for' : 'if'}`,
  },
  UWSGI_LOGIC_OPEN: {
    blame: 'operator',
    text: (f: { name: string }) =>
      `${f.name} is never closed: it governs everything up to the end of the file`,
    hint: (f: { name: string }) => `add end${f.name.startsWith('for') ? 'for' : 'if'}`,
  },
  UWSGI_LOGIC_STRAY: {
    blame: 'operator',
    text: (f: { name: string }) => `${f.name} without an if or for before it`,
  },
  UWSGI_ENV_UNSET: {
    blame: 'operator',
    text: (f: { name: string; key: string }) =>
      `${f.key} needs the environment variable ${f.name}, which is not set`,
    hint: (f: { name: string; key: string }) => `set it, or give a default: $(${f.name}:-value)`,
  },
  UWSGI_AT_FORBIDDEN: {
    blame: 'operator',
    text: (f: { what: string }) => `@(${f.what}) runs a command while the configuration is read`,
    hint: () => 'allow it with `allow-exec = true` before this line (or --allow-exec on the command line)',
  },
  UWSGI_AT_UNKNOWN: {
    blame: 'operator',
    text: (f: { what: string }) => `@(${f.what}) is not supported`,
    hint: () => '@(file) and, with allow-exec, @(exec://command) are',
  },
  UWSGI_PLACEHOLDER_CYCLE: {
    blame: 'operator',
    text: (f: { name: string }) => `%(${f.name}) contains itself`,
  },
  UWSGI_PARENTHESES: {
    blame: 'operator',
    text: (f: { expression: string; value: string; intended: string }) =>
      `%(${f.expression}) is ${f.value} in uWSGI: its arithmetic knows no parentheses`,
    hint: (f: { expression: string; value: string; intended: string }) =>
      `if you mean ${f.intended}, write it without inner parentheses (the order is strictly left to right)`,
  },
  UWSGI_BAD_SET: {
    blame: 'operator',
    text: (f: { key: string; value: string }) => `${f.key} = ${f.value}: expected name=value`,
  },
  UWSGI_TYPO: {
    blame: 'operator',
    text: (f: { name: string; similar: string[]; where: string }) => `there is no option '${f.name}'`,
    hint: (f: { name: string; similar: string[]; where: string }) =>
      / /.test(f.name) && f.similar.length === 0
        ? `there is no = in it: write ${f.name.replace(/ +/, ' = ')}`
        : f.similar.length
          ? `did you mean ${orList(f.similar)}?${f.where === 'file' ? ' uWSGI ignores this line silently' : ''}`
          : f.where === 'file'
            ? `uWSGI ignores this line silently; nothing refers to it as %(${f.name}): remove it, or start with --no-strict`
            : 'docs/uwsgi-options.md lists what there is',
  },
  UWSGI_MERGE_MARKER: {
    blame: 'operator',
    text: (f: { marker: string }) => `'${f.marker}' is left of a merge conflict`,
    hint: () => 'uWSGI ignores such lines and takes the options of both sides',
  },
  UWSGI_AMBIGUOUS: {
    blame: 'operator',
    text: (f: { name: string; candidates: string[] }) =>
      `--${f.name} could be ${f.candidates
        .slice(0, 6)
        .map((c) => `--${c}`)
        .join(', ')}${f.candidates.length > 6 ? ' …' : ''}`,
  },
  UWSGI_ARGUMENT: {
    blame: 'operator',
    text: (f: { name: string; problem: string }) => `--${f.name} ${f.problem}`,
  },
  UWSGI_UNSUPPORTED: {
    blame: 'operator',
    text: (f: { name: string; reason: string; instead: string | undefined }) =>
      `${f.name} is an option of uWSGI that postern does not support: ${f.reason}`,
    hint: (f: { name: string; reason: string; instead: string | undefined }) =>
      f.instead ?? 'remove the line',
  },
  UWSGI_BAD_VALUE: {
    blame: 'operator',
    text: (f: { name: string; value: string; expected: string; remedy?: string }) =>
      `${f.name} = ${f.value}: expected ${f.expected}`,
    hint: (f: { name: string; value: string; expected: string; remedy?: string }) => f.remedy ?? '',
  },
  UWSGI_INLINE_COMMENT: {
    blame: 'operator',
    text: (f: { name: string; comment: string; uwsgi: string }) =>
      `'${f.comment}' after the value of ${f.name} is no comment in uWSGI: ${f.uwsgi}`,
    hint: () => 'put the comment on its own line',
  },
  UWSGI_NOTE: {
    blame: 'operator',
    text: (f: { text: string; remedy?: string }) => f.text,
    hint: (f: { text: string; remedy?: string }) => f.remedy ?? '',
  },
})
