// --fix: applies edits file by file, then reads and lints the result again. A file is changed only when its new text has no
// syntax problem and nothing is worse than before. Pure: texts in, texts out.

import type { Conf } from '../conf/include.ts'
import { applyEdits } from './fix.ts'
import type { LintResult } from './lint.ts'
import { NGINX_TEST } from './nginx-test.ts'
import type { Edit } from './rule.ts'

export const MAX_ROUNDS = 10

export type Repair = { texts: Map<string, string>; applied: number; conf: Conf; result: LintResult }

/** `again` reads the configuration with some files' texts replaced, and lints it. */
export function repair(
  conf: Conf,
  result: LintResult,
  again: (texts: Map<string, string>) => { conf: Conf; result: LintResult },
): Repair {
  let state: Repair = { texts: new Map(), applied: 0, conf, result }
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const fixable = state.result.findings.filter((one) => one.fix !== undefined)
    const next = attempt(
      state,
      fixable.map((one) => one.fix ?? []),
      again,
    )
    if (next === undefined) break
    state = next
  }
  return state
}

const errors = (result: LintResult): number =>
  result.findings.filter((one) => one.severity === 'error').length

/** What nginx -t itself would say: a repair may not add to it, whatever else it mends. */
const refusals = (result: LintResult): number =>
  result.findings.filter((one) => one.rule === NGINX_TEST).length

function attempt(
  state: Repair,
  fixes: Edit[][],
  again: (texts: Map<string, string>) => { conf: Conf; result: LintResult },
): Repair | undefined {
  if (fixes.length === 0) return undefined
  const texts = new Map(state.texts)
  const edits = fixes.flat()
  for (const file of new Set(edits.map((edit) => edit.file))) {
    const before = texts.get(file) ?? state.conf.files.find((one) => one.path === file)?.text
    if (before !== undefined)
      texts.set(
        file,
        applyEdits(
          before,
          edits.filter((edit) => edit.file === file),
        ),
      )
  }
  const { conf, result } = again(texts)
  const broken =
    conf.files.some((file) => file.problems.length > 0) ||
    errors(result) > errors(state.result) ||
    refusals(result) > refusals(state.result)
  const better =
    result.findings.length < state.result.findings.length ||
    result.findings.filter((one) => one.fix).length < fixes.length
  if (!broken && better) return { texts, applied: state.applied + fixes.length, conf, result }
  // One of them does harm: try them one by one, and leave out those that do.
  if (fixes.length === 1) return undefined
  for (const one of fixes) {
    const alone = attempt(state, [one], again)
    if (alone !== undefined) return alone
  }
  return undefined
}
