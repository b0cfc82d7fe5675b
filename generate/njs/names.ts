// `return { to: 'name' }` in edge.ts, held against the names of the site file: a typo would only be seen in the error log
// of a running nginx. Names that are computed are left to the types (out/edge.d.ts) and to run time.
import { closest, distance } from 'fastest-levenshtein'
import type ts from 'typescript-es5'
import type { Finding } from './check.ts'

export function nameProblemsOf(tsc: typeof ts, file: ts.SourceFile, names: readonly string[]): Finding[] {
  const found: Finding[] = []
  const visit = (node: ts.Node): void => {
    const name = tsc.isObjectLiteralExpression(node) && isReturned(tsc, node) ? toOf(tsc, node) : undefined
    if (name && !names.includes(name.text)) {
      found.push({
        severity: 'error',
        rule: 'unknown-name',
        message: `the site file has no route and no application named ${JSON.stringify(name.text)}`,
        hint: hintFor(name.text, names),
        node: name,
      })
    }
    node.forEachChild(visit)
  }
  visit(file)
  return found
}

function hintFor(name: string, names: readonly string[]): string {
  const near = names.length > 0 ? closest(name, [...names]) : undefined
  if (near !== undefined && distance(name, near) <= 2) return `did you mean ${JSON.stringify(near)}?`
  return names.length > 0 ? `it has ${names.join(', ')}` : 'give a route a name there, or name an application'
}

/** The text of `{ to: 'text' }`; an object with more in it is something else. */
function toOf(tsc: typeof ts, node: ts.ObjectLiteralExpression): ts.StringLiteralLike | undefined {
  const [only] = node.properties
  if (node.properties.length !== 1 || !only || !tsc.isPropertyAssignment(only)) return undefined
  const isTo = (tsc.isIdentifier(only.name) || tsc.isStringLiteral(only.name)) && only.name.text === 'to'
  return isTo && tsc.isStringLiteralLike(only.initializer) ? only.initializer : undefined
}

/** What a function answers, also as one side of `?:`, `||`, `&&` and `??`. */
function isReturned(tsc: typeof ts, node: ts.Expression): boolean {
  const { parent } = node
  if (tsc.isReturnStatement(parent)) return true
  if (tsc.isArrowFunction(parent)) return parent.body === node
  if (tsc.isConditionalExpression(parent)) return parent.condition !== node && isReturned(tsc, parent)
  if (tsc.isParenthesizedExpression(parent) || tsc.isBinaryExpression(parent)) return isReturned(tsc, parent)
  return false
}

/** out/edge.d.ts: the names for the author's editor and tsc. */
export function routeNames(names: readonly string[]): string {
  const members = names.map((name) => `    ${JSON.stringify(name)}: true\n`)
  return `// Made by postern build: what edge.ts may say as { to: … }. Name this file in the "include" of your tsconfig.json.
import 'postern/edge'

declare module 'postern/edge' {
  interface RouteNames {
${members.join('')}  }
}
`
}
