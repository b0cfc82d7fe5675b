// Syntax that no lowering can rescue, and regular expressions that njs's PCRE reads otherwise.
import type ts from 'typescript-es5'
import type { Finding } from './check.ts'

type Said = [rule: string, message: string, hint: string]

export function syntaxProblems(tsc: typeof ts, file: ts.SourceFile): Finding[] {
  const found: Finding[] = []
  const visit = (node: ts.Node, inFunction: boolean): void => {
    for (const [rule, message, hint] of judge(tsc, node, inFunction)) {
      found.push({ severity: 'error', rule, message, hint, node })
    }
    node.forEachChild((child) => visit(child, inFunction || tsc.isFunctionLike(node)))
  }
  visit(file, false)
  return found
}

function judge(tsc: typeof ts, node: ts.Node, inFunction: boolean): Said[] {
  if (tsc.isPrivateIdentifier(node)) {
    return [
      [
        'syntax',
        `${node.text}: private #names need WeakMap, which njs lacks`,
        'write `private` (TypeScript) instead',
      ],
    ]
  }
  if (tsc.isAwaitExpression(node) && !inFunction) {
    return [
      ['syntax', 'await at the top level', 'the top level runs for every request; await inside `respond`'],
    ]
  }
  if (tsc.isForOfStatement(node) && node.awaitModifier) {
    return [['syntax', 'for await', 'there are no async iterators in njs; await inside a plain loop']]
  }
  if (tsc.isFunctionLike(node) && isAsyncGenerator(tsc, node)) {
    return [['syntax', 'an async generator', 'there are no async iterators in njs; return an array']]
  }
  if (tsc.isCallExpression(node) && node.expression.kind === tsc.SyntaxKind.ImportKeyword) {
    return [['syntax', 'import() at run time', 'everything is bundled; import at the top of the file']]
  }
  if (tsc.isMetaProperty(node) && node.keywordToken === tsc.SyntaxKind.ImportKeyword) {
    return [['syntax', 'import.meta', 'there are no modules at run time; everything is bundled']]
  }
  if (tsc.isBigIntLiteral(node)) {
    return [['syntax', `${node.text}: there are no big integers in njs`, 'keep large numbers as text']]
  }
  if (tsc.isNewExpression(node) && tsc.isIdentifier(node.expression))
    return judgeNew(tsc, node, node.expression.text)
  if (tsc.isClassLike(node)) return judgeClass(tsc, node)
  if (tsc.isRegularExpressionLiteral(node)) {
    const end = node.text.lastIndexOf('/')
    return judgeRegex(node.text.slice(1, end), node.text.slice(end + 1))
  }
  return []
}

const isAsyncGenerator = (tsc: typeof ts, node: ts.SignatureDeclaration): boolean =>
  'asteriskToken' in node &&
  node.asteriskToken !== undefined &&
  (tsc.getCombinedModifierFlags(node as ts.Declaration) & tsc.ModifierFlags.Async) !== 0

function judgeNew(tsc: typeof ts, node: ts.NewExpression, name: string): Said[] {
  if (name === 'Function') {
    return [['syntax', 'new Function', 'code from text is never run inside nginx']]
  }
  if (name !== 'RegExp') return []
  const [source, flags] = node.arguments ?? []
  const text = (one: ts.Expression | undefined): string =>
    one && tsc.isStringLiteralLike(one) ? one.text : ''
  return judgeRegex(text(source), text(flags))
}

/** Lowered to ES5, `class X extends Error` gives plain Errors: instanceof X is false, methods are lost. */
function judgeClass(tsc: typeof ts, node: ts.ClassLikeDeclaration): Said[] {
  const base = node.heritageClauses?.find((clause) => clause.token === tsc.SyntaxKind.ExtendsKeyword)
    ?.types[0]?.expression
  const name = base && tsc.isIdentifier(base) ? base.text : ''
  if (!/^(Array|Map|Set|Promise|RegExp|Date|Function|[A-Za-z]*Error)$/.test(name)) return []
  return [
    [
      'builtin-subclass',
      `a class that extends ${name} loses its own methods and instanceof in njs`,
      name.endsWith('Error')
        ? 'throw a plain Error and tell kinds apart by a property, such as code'
        : 'hold one inside instead',
    ],
  ]
}

function judgeRegex(source: string, flags: string): Said[] {
  const found: Said[] = []
  const bad = [...flags].filter((flag) => !'gimy'.includes(flag))
  if (bad.length > 0) {
    found.push([
      'regex-flag',
      `the regular expression flag ${bad.join(', ')} is not known to njs (g, i, m and y are)`,
      flags.includes('s')
        ? 'write [\\s\\S] where the dot should match line ends'
        : 'write the pattern without it',
    ])
  }
  if (/\\[pP]\{/.test(source)) {
    found.push(['regex-syntax', '\\p{…} needs the flag u, which njs lacks', 'write the characters out'])
  }
  if (/(^|[^\\])\[\^?\]/.test(source)) {
    found.push(['regex-syntax', '[^] and [] are not sets to njs’s PCRE', 'write [\\s\\S] for any character'])
  }
  return found
}
