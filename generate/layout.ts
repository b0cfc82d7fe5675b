// Indents and spaces rendered configuration. Works on lines: the templates put one directive on each, and values hold
// no line breaks (arg.ts writes them as \n).

export function layOut(text: string): string {
  const out: string[] = []
  let depth = 0
  let continued = false
  for (const raw of text.split('\n')) {
    const line = raw.trim()
    const opensAfter = line.endsWith('{') && !line.startsWith('#')
    if (line === '') {
      if (continued) continue
      if (out.length > 0 && out.at(-1) !== '' && !out.at(-1)?.endsWith('{')) out.push('')
      continue
    }
    if (line === '}') {
      while (out.at(-1) === '') out.pop()
      depth--
    }
    // A directive over several lines: those behind the first stand further in.
    out.push('    '.repeat(depth + (continued ? 1 : 0)) + line)
    if (opensAfter) depth++
    continued = !line.startsWith('#') && line !== '}' && !opensAfter && !line.endsWith(';')
  }
  while (out.at(-1) === '') out.pop()
  return `${out.join('\n')}\n`
}
