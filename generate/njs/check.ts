// What `nginx -t` does not see: a missing global, a method an engine lacks, state that outlives a request. Looks at the
// bundle in its newest syntax and reports places in the author's own files (by the source map).
import { SourceMap, type SourceMapPayload } from 'node:module'
import { resolve } from 'node:path'
import type ts from 'typescript-es5'
import {
  advice,
  globalNames,
  has,
  memberAdvice,
  missingMethods,
  missingStatics,
  newerNames,
  whoHas,
} from './globals.ts'
import { nameProblemsOf } from './names.ts'
import { freeNames } from './scope.ts'
import { moduleState } from './state.ts'
import { syntaxProblems } from './syntax.ts'
import type { NjsProblem, NjsTarget } from './types.ts'
import { typescript } from './typescript.ts'

/** A finding at a node of the bundle, before its place in the sources is known. */
export type Finding = Pick<NjsProblem, 'severity' | 'rule' | 'message' | 'hint'> & { node: ts.Node }

export async function checkBundle(
  code: string,
  map: string,
  target: NjsTarget,
  names?: readonly string[],
): Promise<NjsProblem[]> {
  const tsc = typescript()
  const file = tsc.createSourceFile('bundle.js', code, tsc.ScriptTarget.ESNext, true, tsc.ScriptKind.JS)
  const findings = [
    ...nameProblems(tsc, file, target),
    ...memberProblems(tsc, file, target),
    ...syntaxProblems(tsc, file),
    ...moduleState(tsc, file),
    ...(names ? nameProblemsOf(tsc, file, names) : []),
  ]
  const places = new SourceMap(JSON.parse(map) as SourceMapPayload)
  const seen = new Set<string>()
  return findings
    .map((finding) => place(finding, file, places))
    .filter((problem) => problem.rule !== 'unknown-name' || !problem.file.includes('node_modules/'))
    .filter((problem) => {
      const key = `${problem.rule} ${problem.file}:${problem.line}:${problem.column}`
      return !seen.has(key) && seen.add(key) !== undefined
    })
    .sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column)
}

function place(finding: Finding, file: ts.SourceFile, places: SourceMap): NjsProblem {
  const { node, ...facts } = finding
  const at = file.getLineAndCharacterOfPosition(node.getStart(file))
  const entry = places.findEntry(at.line, at.character)
  const known = 'originalSource' in entry && entry.originalSource !== undefined
  const source = known ? entry.originalSource : 'bundle'
  const isLibrary = source.includes('node_modules/')
  return {
    ...facts,
    // What a library does with its own state or methods may never be reached: the engine and the tests decide.
    severity: isLibrary && facts.rule !== 'free-name' && facts.rule !== 'syntax' ? 'warning' : facts.severity,
    file: resolve('/', source),
    line: (known ? entry.originalLine : at.line) + 1,
    column: (known ? entry.originalColumn : at.character) + 1,
  }
}

/** `typeof X !== 'undefined'` asks before it uses: such names are only warned about. */
function nameProblems(tsc: typeof ts, file: ts.SourceFile, target: NjsTarget): Finding[] {
  const free = freeNames(tsc, file)
  const asked = new Set(free.filter((one) => one.underTypeof).map((one) => one.name))
  return free
    .filter(
      ({ name, underTypeof }) =>
        !underTypeof && !globalNames.has(name) && !has(target, newerNames[name] ?? 'none'),
    )
    .map(({ name, node }) => ({
      severity: asked.has(name) ? 'warning' : 'error',
      rule: 'free-name',
      message: `${name} does not exist in ${target.replace('-', ' ')}${whoHas(newerNames[name] ?? 'none')}`,
      hint:
        advice[name] ??
        'nginx would answer every request that comes here with an error; declare or import it',
      node,
    }))
}

function memberProblems(tsc: typeof ts, file: ts.SourceFile, target: NjsTarget): Finding[] {
  const found: Finding[] = []
  const visit = (node: ts.Node): void => {
    if (tsc.isPropertyAccessExpression(node)) {
      const object = tsc.isIdentifier(node.expression) ? node.expression.text : ''
      const fixed = missingStatics[`${object}.${node.name.text}`]
      const called = tsc.isCallExpression(node.parent) && node.parent.expression === node
      const method = Object.hasOwn(missingMethods, node.name.text)
        ? missingMethods[node.name.text]
        : undefined
      if (fixed !== undefined && !has(target, fixed)) {
        found.push({
          severity: 'error',
          rule: 'missing-member',
          message: `${object}.${node.name.text} does not exist in ${target.replace('-', ' ')}${whoHas(fixed)}`,
          hint: `write ${memberAdvice[`${object}.${node.name.text}`] ?? 'it out'}`,
          node: node.name,
        })
      } else if (called && method !== undefined && !has(target, method)) {
        found.push({
          severity: 'warning',
          rule: 'missing-method',
          message: `arrays, strings and promises have no .${node.name.text}() in ${target.replace('-', ' ')}${whoHas(method)}`,
          hint: `write ${memberAdvice[node.name.text] ?? 'it out'}; a method of your own object is no problem`,
          node: node.name,
        })
      }
    }
    node.forEachChild(visit)
  }
  visit(file)
  return found
}
