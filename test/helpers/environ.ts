// Variables -> environ, as a row of a table: what the peer says, what the application is told. For tests of the environ's rules.

import test from 'ava'
import { EnvironWriter, type ProtocolName } from '../../gateway/protocol/environ.ts'
import { readVars } from '../../gateway/protocol/uwsgi.ts'
import { readEnviron } from './echo.ts'
import { uwsgiVars } from './speak.ts'

export type Vars = [string, string][]

export function write(vars: Vars, protocol: ProtocolName = 'uwsgi', writer = new EnvironWriter()): Buffer {
  const source = uwsgiVars(vars)
  writer.begin(source, source.length, protocol)
  readVars(writer, source, 0, source.length)
  return writer.finish()
}

export const environOf = (vars: Vars, protocol?: ProtocolName, writer?: EnvironWriter) =>
  readEnviron(write(vars, protocol, writer))

export const get = (uri: string, ...more: Vars): Vars => [
  ['REQUEST_METHOD', 'GET'],
  ['REQUEST_URI', uri],
  ...more,
]

/** title, protocol, variables, mounts, expected part of the environ (undefined: absent) */
export type Row = [string, ProtocolName, Vars, string[], Record<string, string | undefined>]

export function tells(rows: Row[]): void {
  for (const [title, protocol, vars, mounts, expected] of rows) {
    test(title, (t) => {
      const environ = environOf(vars, protocol, new EnvironWriter(mounts))
      const found = Object.fromEntries(Object.keys(expected).map((name) => [name, environ[name]]))
      t.deepEqual(found, expected)
    })
  }
}

/** title, variables, code */
export function refuses(rows: [string, Vars, string][]): void {
  for (const [title, vars, code] of rows) {
    test(`refuses ${title} as a request`, (t) => {
      t.throws(() => write(vars), { code })
    })
  }
}
