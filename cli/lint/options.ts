// What `postern lint` was told. Loaded with every help text: knows no rules.

import { readFileSync } from 'node:fs'
import { PosternError } from '../../errors.ts'
import type { Severity } from '../../lint/rule.ts'

export type Options = {
  nginx?: string
  context?: string
  failOn: Severity | 'never'
  format?: Format
  json?: boolean
  fix?: boolean
  rule: string[]
  ignore: string[]
  only: string[]
  settings?: string
  baseline?: string
  writeBaseline?: string
  quiet?: boolean
  django?: string
  djangoSettings?: string
  uwsgi?: string
  gateway?: string
  behind: boolean
}

export type Format = 'text' | 'json' | 'sarif' | 'github'
export const FORMATS = ['text', 'json', 'sarif', 'github'] as const
const CONTEXTS = ['http', 'server', 'location', 'upstream', 'stream', 'mail', 'events', 'if', 'main']

export function readContext(list: string | undefined): string[] | undefined {
  if (list === undefined) return undefined
  const names = list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  for (const name of names)
    if (!CONTEXTS.includes(name))
      throw new PosternError('LINT_BAD_CHOICE', { option: '--context', value: name, choices: CONTEXTS })
  return names.filter((name) => name !== 'main')
}

export function readText(path: string | 0): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new PosternError(
      'LINT_UNREADABLE',
      {
        path: path === 0 ? 'standard input' : path,
        problem: (cause as NodeJS.ErrnoException).code ?? String(cause),
      },
      { cause },
    )
  }
}
