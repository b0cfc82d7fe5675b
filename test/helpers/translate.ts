// A uwsgi.ini, or a command line, of lines that exist only here, and what becomes of it. For tests of uwsgi/translate.ts.

import type { World } from '../../uwsgi/entry.ts'
import { readConfiguration } from '../../uwsgi/read.ts'
import { type Translation, translate } from '../../uwsgi/translate.ts'
import { realWorld } from '../../uwsgi/world.ts'

export const app = ['http = :8000', 'module = site']

/** An ini file that exists only here. */
export const world = (text: string, env: World['env'] = {}): World => ({
  ...realWorld('/srv', env),
  readFile: () => text,
})

/** What is made of these lines. */
export const read = (lines: string[], ...argv: string[]): Translation =>
  translate(readConfiguration(['--ini', 'a.ini', ...argv], world(`[uwsgi]\n${lines.join('\n')}\n`)), '/srv')

/** Every problem: line, severity, code, message. */
export const told = ({ problems }: Translation): string[] =>
  problems.map(
    ({ severity, error }) => `${error.place?.line ?? '-'} ${severity} ${error.code}: ${error.message}`,
  )

export const command = (...argv: string[]): Translation =>
  translate(readConfiguration(argv, world('')), '/srv')

/** What is told of a whole file. */
export const early = (text: string): string[] =>
  told(translate(readConfiguration(['--ini', 'a.ini'], world(text)), '/srv'))
