// A folder of files under a path of the site.

import { z } from 'zod'
import { filePath, urlFolder } from './units.ts'

export const staticFolder = z.strictObject({
  at: urlFolder.describe('The path of the site, such as "/static/".'),
  root: filePath.describe('The folder, from the site file.'),
  fallback: z
    .string()
    .regex(/^[^/\s][^\s\u0000-\u001f]*$/)
    .optional()
    .describe('The file, from root, for unknown paths without an extension: a single-page application.'),
})

export const mediaFolder = z.strictObject({
  at: urlFolder.describe('The path of the site, such as "/media/".'),
  root: filePath.describe('The folder, from the site file.'),
  access: z
    .enum(['public', 'internal', 'signed'])
    .default('public')
    .describe('Everyone; only through the application (X-Accel-Redirect); or whoever has a signed link.'),
})

export type StaticFolder = z.output<typeof staticFolder>
export type MediaFolder = z.output<typeof mediaFolder>
