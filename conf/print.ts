// Tree → the same text. Only joins what the tree holds; layout is the formatter's business.
import type { ConfFile, Node, Word } from './node.ts'

export function print(file: ConfFile): string {
  const out: string[] = []
  printNodes(file.children, out)
  out.push(file.endTrivia)
  return out.join('')
}

/** One directive or comment with everything before and inside it. */
export function printNode(node: Node): string {
  const out: string[] = []
  printNodes([node], out)
  return out.join('')
}

function printNodes(nodes: Node[], out: string[]): void {
  for (const node of nodes) {
    if (node.kind === 'comment') {
      out.push(node.trivia, node.text)
      continue
    }
    printWord(node.name, out)
    for (const arg of node.args) printWord(arg, out)
    out.push(node.endTrivia, node.terminator)
    if (node.block === undefined) continue
    if (node.block.rawBody !== undefined) out.push(node.block.rawBody)
    printNodes(node.block.children, out)
    out.push(node.block.endTrivia)
    if (node.block.closed) out.push('}')
  }
}

function printWord(word: Word, out: string[]): void {
  out.push(word.trivia, word.raw)
}
