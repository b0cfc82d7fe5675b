// A small parser for rule tests until conf/ has its own. Well-formed text only.
import type { ConfFile, Directive, Node, Position, Word } from '../../conf/node.ts'

export function quickParse(text: string, path = 'test.conf'): ConfFile {
  let at = 0
  let line = 1
  let column = 1
  const here = (): Position => ({ offset: at, line, column })
  const step = (): void => {
    if (text[at] === '\n') {
      line++
      column = 1
    } else column++
    at++
  }
  const trivia = (): string => {
    const from = at
    while (at < text.length) {
      if (/\s/.test(text[at] as string)) step()
      else if (text[at] === '#') while (at < text.length && text[at] !== '\n') step()
      else break
    }
    return text.slice(from, at)
  }
  const word = (before: string): Word => {
    const start = here()
    const quote = text[at] === '"' || text[at] === "'" ? (text[at] as '"' | "'") : undefined
    let value = ''
    if (quote !== undefined) {
      step()
      while (at < text.length && text[at] !== quote) {
        if (text[at] === '\\' && /["'\\]/.test(text[at + 1] ?? '')) step()
        else if (text[at] === '\\' && /[trn]/.test(text[at + 1] ?? '')) {
          step()
          value += { t: '\t', r: '\r', n: '\n' }[text[at] as 't' | 'r' | 'n']
          step()
          continue
        }
        value += text[at]
        step()
      }
      step()
    } else {
      while (at < text.length && !/[\s;{]/.test(text[at] as string)) {
        if (text[at] === '$' && text[at + 1] === '{') {
          while (text[at] !== '}') {
            value += text[at]
            step()
          }
        }
        value += text[at]
        step()
      }
    }
    return { raw: text.slice(start.offset, at), value, quote, span: { start, end: here() }, trivia: before }
  }
  const nodes = (parent: Directive | undefined): Node[] => {
    const list: Node[] = []
    for (;;) {
      const before = trivia()
      if (at >= text.length || text[at] === '}') return list
      const name = word(before)
      const node: Directive = {
        kind: 'directive', name, args: [], block: undefined, endTrivia: '', terminator: '',
        span: { start: name.span.start, end: name.span.end }, parent, file: path,
      } // biome-ignore format: one record
      list.push(node)
      for (;;) {
        const between = trivia()
        if (text[at] === ';') {
          node.terminator = ';'
          step()
          break
        }
        if (text[at] === '{') {
          node.terminator = '{'
          step()
          node.block = { children: nodes(node), endTrivia: '', closed: text[at] === '}' }
          step()
          break
        }
        if (at >= text.length || text[at] === '}') break
        node.args.push(word(between))
      }
      node.span.end = here()
    }
  }
  return { path, text, children: nodes(undefined), endTrivia: '', problems: [] }
}
