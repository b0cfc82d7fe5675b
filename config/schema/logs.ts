// What is written down, where, and how.

import { z } from 'zod'
import { filePath } from './units.ts'

export const logs = z.strictObject({
  access: z
    .union([z.literal(false), filePath])
    .optional()
    .describe('Access log; false for none. Default: log/access.log in the run directory.'),
  format: z
    .enum(['json', 'combined'])
    .default('json')
    .describe(
      'One JSON object per request (files: without request id and times of the application), or Apache’s combined format.',
    ),
  error: filePath.optional().describe('Error log. Default: log/error.log in the run directory.'),
  level: z
    .enum(['info', 'notice', 'warn', 'error', 'crit'])
    .default('warn')
    .describe('From which severity on nginx writes to the error log.'),
})

export type Logs = z.output<typeof logs>
