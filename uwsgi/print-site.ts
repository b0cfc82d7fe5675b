// Values of a site file as TypeScript text, formatted as biome would. Pure.

export type Value = string | number | boolean | Value[] | { [key: string]: Value } | Call | Code
/** `django({ … })`. */
export class Call {
  readonly name: string
  readonly fields: { [key: string]: Value }
  constructor(name: string, fields: { [key: string]: Value }) {
    this.name = name
    this.fields = fields
  }
}

/** An expression as it stands. */
export class Code {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** A value as TypeScript, formatted as biome would. */
export function printValue(value: Value, depth: number): string {
  if (value instanceof Code) return value.text
  if (value instanceof Call) {
    return Object.keys(value.fields).length === 0
      ? `${value.name}()`
      : `${value.name}(${printValue(value.fields, depth)})`
  }
  if (typeof value === 'string') return quote(value)
  if (typeof value !== 'object') return String(value)
  const inner = '  '.repeat(depth + 1)
  const items = Array.isArray(value)
    ? value.map((item) => printValue(item, depth + 1))
    : Object.entries(value).map(
        ([key, item]) =>
          `${/^[A-Za-z_$][\w$]*$/.test(key) ? key : quote(key)}: ${printValue(item, depth + 1)}`,
      )
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  const line = Array.isArray(value)
    ? `[${items.join(', ')}]`
    : items.length === 0
      ? '{}'
      : `{ ${items.join(', ')} }`
  const several = Array.isArray(value) && value.length > 1 && value.every((item) => typeof item === 'object')
  if (!several && depth > 0 && line.length + depth * 2 < 80 && !line.includes('\n')) return line
  return `${open}\n${items.map((item) => `${inner}${item},\n`).join('')}${'  '.repeat(depth)}${close}`
}

const quote = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
