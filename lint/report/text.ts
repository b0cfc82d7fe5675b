// Findings for people: place, what, the lines around it, what to do. Pure: findings and texts in, text out.

import { codeFrame } from '../../conf/source.ts'
import type { Finding, Severity } from '../rule.ts'

export type Paint = { red: Tint; yellow: Tint; blue: Tint; dim: Tint; bold: Tint }
type Tint = (text: string) => string

const plain: Tint = (text) => text
export const noPaint: Paint = { red: plain, yellow: plain, blue: plain, dim: plain, bold: plain }

export function textReport(
  findings: Finding[],
  textOf: (file: string) => string | undefined,
  paint: Paint = noPaint,
  silenced = 0,
): string {
  const tint: Record<Severity, Tint> = { error: paint.red, warning: paint.yellow, info: paint.blue }
  const blocks = findings.map((one) => {
    const head = `${paint.bold(`${one.file}:${one.line}:${one.column}`)} ${tint[one.severity](one.severity)} ${one.rule}: ${one.message}`
    const text = textOf(one.file)
    const place = {
      start: { line: one.line, column: one.column, offset: 0 },
      end: { line: one.endLine, column: one.endColumn, offset: 0 },
    }
    const frame = text === undefined ? [] : [indent(codeFrame(text, place, '', 1))]
    const fix = one.fix === undefined ? '' : paint.dim(' (--fix does it)')
    return [head, ...frame, `  ${paint.bold('help:')} ${one.help}${fix}`].join('\n')
  })
  return `${[...blocks, summary(findings, silenced)].join('\n\n')}\n`
}

const indent = (text: string): string =>
  text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')

function summary(findings: Finding[], silenced: number): string {
  const quiet = silenced === 0 ? '' : `, ${silenced} silenced`
  if (findings.length === 0) return `no findings${quiet}`
  const counts = (['error', 'warning', 'info'] as const).flatMap((severity) => {
    const count = findings.filter((one) => one.severity === severity).length
    return count === 0 ? [] : [`${count} ${severity}${count === 1 || severity === 'info' ? '' : 's'}`]
  })
  const fixable = findings.filter((one) => one.fix !== undefined).length
  return `${counts.join(', ')}${quiet}${fixable === 0 ? '' : `; --fix repairs ${fixable}`}; postern explain <rule> says more`
}
