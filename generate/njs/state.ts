// Module-level state: lost after each request on the njs engine, shared between strangers' requests on QuickJS.
// Neither is ever what an author wants.
import type ts from 'typescript-es5'
import type { Finding } from './check.ts'

const mutators = new Set(
  'push pop shift unshift splice sort reverse fill copyWithin set add delete clear append'.split(' '),
)

export function moduleState(tsc: typeof ts, file: ts.SourceFile): Finding[] {
  const names = topLevelNames(tsc, file)
  const found: Finding[] = []
  const visit = (node: ts.Node, hidden: ReadonlySet<string>, inFunction: boolean): void => {
    if (inFunction) {
      const target = changed(tsc, node)
      const name = target && rootName(tsc, target)
      if (name !== undefined && names.has(name) && !hidden.has(name)) found.push(report(name, node))
    }
    const opens = tsc.isFunctionLike(node) && !isModuleWrapper(tsc, node)
    const inner = opens ? new Set([...hidden, ...localNames(tsc, node)]) : hidden
    node.forEachChild((child) => visit(child, inner, inFunction || opens))
  }
  visit(file, new Set(), false)
  return found
}

const report = (name: string, node: ts.Node): Finding => ({
  severity: 'error',
  rule: 'module-state',
  message: `${name} is changed by a function but lives at the top level of a module`,
  hint: 'each request starts anew on one engine and shares it with other visitors on the other: keep it in the function',
  node,
})

function topLevelNames(tsc: typeof ts, file: ts.SourceFile): Set<string> {
  const names = new Set<string>()
  const gather = (statements: readonly ts.Statement[]): void => {
    for (const statement of statements) {
      if (!tsc.isVariableStatement(statement)) continue
      for (const one of statement.declarationList.declarations) {
        collect(tsc, one.name, names)
        const wrapped = one.initializer && wrappedBody(tsc, one.initializer)
        if (wrapped) gather(wrapped.statements)
      }
    }
  }
  gather(file.statements)
  return names
}

/** esbuild wraps modules that are required: `var x = __commonJS({ "path"() { … } })`. Their top level is a module's. */
function wrappedBody(tsc: typeof ts, node: ts.Expression): ts.Block | undefined {
  if (!tsc.isCallExpression(node) || !tsc.isIdentifier(node.expression)) return undefined
  if (!/^__(commonJS|esm)/.test(node.expression.text)) return undefined
  const [object] = node.arguments
  const member = object && tsc.isObjectLiteralExpression(object) ? object.properties[0] : undefined
  return member && tsc.isMethodDeclaration(member) ? member.body : undefined
}

const isModuleWrapper = (tsc: typeof ts, node: ts.SignatureDeclaration): boolean =>
  tsc.isMethodDeclaration(node) &&
  tsc.isCallExpression(node.parent.parent) &&
  wrappedBody(tsc, node.parent.parent) === node.body

/** Everything a function declares anywhere inside it: a name of the same spelling is then another. */
function localNames(tsc: typeof ts, root: ts.SignatureDeclaration): Set<string> {
  const names = new Set<string>()
  for (const parameter of root.parameters) collect(tsc, parameter.name, names)
  const walk = (node: ts.Node): void => {
    if (tsc.isVariableDeclaration(node)) collect(tsc, node.name, names)
    node.forEachChild(walk)
  }
  walk(root)
  return names
}

function collect(tsc: typeof ts, name: ts.BindingName, into: Set<string>): void {
  if (tsc.isIdentifier(name)) into.add(name.text)
  else for (const one of name.elements) if (tsc.isBindingElement(one)) collect(tsc, one.name, into)
}

/** What an expression changes: the target of an assignment, of ++, of delete, or the object of a mutating method. */
function changed(tsc: typeof ts, node: ts.Node): ts.Expression | undefined {
  if (tsc.isBinaryExpression(node)) {
    const kind = node.operatorToken.kind
    const assigns = kind >= tsc.SyntaxKind.FirstAssignment && kind <= tsc.SyntaxKind.LastAssignment
    return assigns ? node.left : undefined
  }
  if (tsc.isPrefixUnaryExpression(node) || tsc.isPostfixUnaryExpression(node)) {
    const { PlusPlusToken, MinusMinusToken } = tsc.SyntaxKind
    return node.operator === PlusPlusToken || node.operator === MinusMinusToken ? node.operand : undefined
  }
  if (tsc.isDeleteExpression(node)) return node.expression
  if (tsc.isCallExpression(node) && tsc.isPropertyAccessExpression(node.expression)) {
    return mutators.has(node.expression.name.text) ? node.expression.expression : undefined
  }
  return undefined
}

function rootName(tsc: typeof ts, target: ts.Expression): string | undefined {
  let at: ts.Expression = target
  while (tsc.isPropertyAccessExpression(at) || tsc.isElementAccessExpression(at)) at = at.expression
  return tsc.isIdentifier(at) ? at.text : undefined
}
