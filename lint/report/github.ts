// Findings as GitHub Actions annotations: one workflow command per line.

import type { Finding } from '../rule.ts'

const LEVEL = { error: 'error', warning: 'warning', info: 'notice' } as const

const value = (text: string): string => text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A')
const property = (text: string): string => value(text).replace(/:/g, '%3A').replace(/,/g, '%2C')

export const githubReport = (findings: Finding[]): string =>
  findings
    .map((one) => {
      const place = `file=${property(one.file)},line=${one.line},endLine=${one.endLine},col=${one.column},endColumn=${one.endColumn}`
      return `::${LEVEL[one.severity]} ${place},title=${property(one.rule)}::${value(`${one.message}\n${one.help}`)}\n`
    })
    .join('')
