// Findings for programs: one array, nothing left out.

import type { Finding } from '../rule.ts'

export const jsonReport = (findings: Finding[]): string => `${JSON.stringify(findings, null, 2)}\n`
