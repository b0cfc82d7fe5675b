// The only code that writes a value into nginx's language. Whatever the value is, what nginx reads back is one argument
// with exactly that text; the tokenizer of conf/ proves it in the tests. Knows no directives.

import { PosternError } from '../errors.ts'

/** Text that means nginx variables by its `$`; made by the model only, never from what a user wrote. */
export type Expr = { expr: string }
export const expr = (text: string): Expr => ({ expr: text })

export type Value = string | number | Expr

/** One argument, exactly as it is: for directives that do not look for variables (server_name, listen, regexes). */
export function arg(value: Value): string {
  return quote(typeof value === 'object' ? value.expr : String(value))
}

/** One argument of a directive that looks for variables: `$` in a literal becomes `dollar`, a variable that holds one. */
export function text(value: Value, dollar: string): string {
  if (typeof value === 'object') return quote(value.expr)
  return quote(String(value).replaceAll('$', `\${${dollar}}`))
}

/** A comment: one line, whatever the text is. */
export function comment(value: string): string {
  return value.replace(/[\r\n\t\u0000-\u001f\u007f\u2028\u2029]+/g, ' ').trim()
}

const bare = /^(?:[A-Za-z0-9_./:@%+=,~*^()|?&!<>[\]-]|\$(?=[A-Za-z_])|(?<=.)\$$|\\[.dwsbSDWB/()[\]?+*|-])+$/

function quote(value: string): string {
  if (value.includes('\0'))
    throw new PosternError('GENERATE_UNQUOTABLE', { value, reason: 'it holds a zero byte' })
  const written = value !== '' && bare.test(value) ? value : quoted(value)
  if (Buffer.byteLength(written) > lengthLimit) {
    throw new PosternError('GENERATE_UNQUOTABLE', {
      value: `${value.slice(0, 60)}…`,
      reason: `nginx takes at most ${lengthLimit} bytes, with its escapes it has ${Buffer.byteLength(written)}`,
    })
  }
  return written
}

function quoted(value: string): string {
  // Single quotes where the text is full of double ones: JSON stays readable.
  const mark = value.includes('"') && !value.includes("'") ? "'" : '"'
  const special = mark === '"' ? /\\(?=["'\\trn\n\r\t]|$)|["\n\r\t]/g : /\\(?=["'\\trn\n\r\t]|$)|[\n\r\t]/g
  return `${mark}${value.replace(special, (found) => escapes[found] as string)}${mark}`
}

/** nginx reads a word through a buffer of 4096 bytes. */
const lengthLimit = 4000

const escapes: Record<string, string> = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\r': '\\r', '\t': '\\t' }
