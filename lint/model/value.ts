// What a value is made of: the variables in a word of the configuration, and the literal text between them.

export type Piece = { text: string } | { variable: string }

/** `http://$host/${x}y$1` as pieces. Names are lower case, as nginx looks them up. */
export function pieces(value: string): Piece[] {
  const found: Piece[] = []
  let last = 0
  for (const hit of value.matchAll(/\$(?:\{([A-Za-z0-9_]+)\}|([1-9](?!\w)|[A-Za-z0-9_]+))/g)) {
    if (hit.index > last) found.push({ text: value.slice(last, hit.index) })
    let name = (hit[1] ?? hit[2]) as string
    let end = hit.index + hit[0].length
    // `$1abc` is capture 1 followed by text; `$arg` runs as far as it can.
    if (hit[1] === undefined && /^[1-9]/.test(name)) {
      name = name[0] as string
      end = hit.index + 2
    }
    found.push({ variable: name.toLowerCase() })
    last = end
    if (end < hit.index + hit[0].length) found.push({ text: value.slice(end, hit.index + hit[0].length) })
    last = hit.index + hit[0].length
  }
  if (last < value.length) found.push({ text: value.slice(last) })
  return found
}

export const variablesOf = (value: string): string[] =>
  value.includes('$') ? pieces(value).flatMap((piece) => ('variable' in piece ? [piece.variable] : [])) : []

export const hasVariable = (value: string): boolean => variablesOf(value).length > 0

/** The condition of an `if`, without its parentheses. */
export type Condition = { subject: string; operator: string; value: string; word: number }

export function readCondition(args: string[]): Condition | undefined {
  const words = args.map((arg, word) => ({ arg, word }))
  const first = words[0]
  const last = words.at(-1)
  if (first === undefined || last === undefined) return undefined
  if (first.arg === '(') words.shift()
  else first.arg = first.arg.replace(/^\(/, '')
  if (last.arg === ')') words.pop()
  else if (last.arg.endsWith(')')) last.arg = last.arg.slice(0, -1)
  const [left, operator, right] = words
  if (left === undefined) return undefined
  if (operator === undefined) return { subject: left.arg, operator: '', value: '', word: left.word }
  if (/^!?-[fdex]$/.test(left.arg))
    return { subject: operator.arg, operator: left.arg, value: '', word: operator.word }
  return {
    subject: left.arg,
    operator: operator.arg,
    value: right?.arg ?? '',
    word: right?.word ?? operator.word,
  }
}
