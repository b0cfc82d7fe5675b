// Finds the free names of a module: identifiers that nothing in it declares. Works on TypeScript's syntax tree of
// plain JavaScript (the bundle), without its type checker: that would need libraries and seconds.
import type ts from 'typescript-es5'

export type FreeName = { name: string; node: ts.Identifier; underTypeof: boolean }

type Scope = { names: Set<string>; isFunction: boolean; up: Scope | undefined }

export function freeNames(tsc: typeof ts, file: ts.SourceFile): FreeName[] {
  const found: FreeName[] = []
  const top: Scope = { names: new Set(), isFunction: true, up: undefined }
  hoist(tsc, file, top)
  file.forEachChild((child) => visit(child, top))
  return found

  function visit(node: ts.Node, scope: Scope): void {
    if (tsc.isIdentifier(node)) {
      if (isReference(tsc, node) && !declared(scope, node.text)) {
        found.push({ name: node.text, node, underTypeof: tsc.isTypeOfExpression(node.parent) })
      }
      return
    }
    const inner = opensScope(tsc, node)
      ? { names: new Set<string>(), isFunction: tsc.isFunctionLike(node), up: scope }
      : scope
    if (inner !== scope) {
      if (tsc.isFunctionLike(node)) {
        for (const parameter of node.parameters) bind(tsc, parameter.name, inner)
        inner.names.add('arguments')
        if (tsc.isFunctionExpression(node) && node.name) inner.names.add(node.name.text)
      }
      if (tsc.isClassLike(node) && node.name) inner.names.add(node.name.text)
      if (tsc.isCatchClause(node) && node.variableDeclaration) bind(tsc, node.variableDeclaration.name, inner)
      hoist(tsc, node, inner)
    }
    node.forEachChild((child) => visit(child, inner))
  }
}

const declared = (scope: Scope | undefined, name: string): boolean =>
  scope !== undefined && (scope.names.has(name) || declared(scope.up, name))

const opensScope = (tsc: typeof ts, node: ts.Node): boolean =>
  tsc.isFunctionLike(node) ||
  tsc.isClassLike(node) ||
  tsc.isBlock(node) ||
  tsc.isCatchClause(node) ||
  tsc.isForStatement(node) ||
  tsc.isForInStatement(node) ||
  tsc.isForOfStatement(node) ||
  tsc.isCaseBlock(node)

/** Declares what belongs to this scope: its own let, const, class and functions; for functions also every `var` below. */
function hoist(tsc: typeof ts, root: ts.Node, scope: Scope): void {
  const walk = (node: ts.Node, own: boolean): void => {
    if (tsc.isVariableDeclarationList(node)) {
      const isVar = (node.flags & tsc.NodeFlags.BlockScoped) === 0
      if (own || (isVar && scope.isFunction)) for (const one of node.declarations) bind(tsc, one.name, scope)
    }
    if ((tsc.isFunctionDeclaration(node) || tsc.isClassDeclaration(node)) && own && node.name) {
      scope.names.add(node.name.text)
    }
    if (tsc.isImportClause(node) && node.name) scope.names.add(node.name.text)
    if ((tsc.isImportSpecifier(node) || tsc.isNamespaceImport(node)) && own) scope.names.add(node.name.text)
    if (tsc.isFunctionLike(node) || tsc.isClassLike(node)) return
    const stillOwn = own && !opensScope(tsc, node)
    if (!stillOwn && !scope.isFunction) return
    node.forEachChild((child) => walk(child, stillOwn))
  }
  root.forEachChild((child) => walk(child, true))
}

function bind(tsc: typeof ts, name: ts.BindingName, scope: Scope): void {
  if (tsc.isIdentifier(name)) scope.names.add(name.text)
  else for (const one of name.elements) if (tsc.isBindingElement(one)) bind(tsc, one.name, scope)
}

/** An identifier that names a value, not a member, a key, a label or a declaration. */
function isReference(tsc: typeof ts, node: ts.Identifier): boolean {
  const parent = node.parent
  if (tsc.isPropertyAccessExpression(parent)) return parent.expression === node
  if (tsc.isPropertyAssignment(parent)) return parent.initializer === node
  if (tsc.isBindingElement(parent)) return parent.initializer === node
  if (tsc.isLabeledStatement(parent) || tsc.isBreakOrContinueStatement(parent)) return false
  if (tsc.isMetaProperty(parent)) return false
  if (tsc.isImportSpecifier(parent) || tsc.isImportClause(parent) || tsc.isNamespaceImport(parent))
    return false
  if (tsc.isExportSpecifier(parent)) return (parent.propertyName ?? parent.name) === node
  if (tsc.isMethodDeclaration(parent) || tsc.isPropertyDeclaration(parent) || tsc.isAccessor(parent)) {
    return parent.name !== node
  }
  return true
}
