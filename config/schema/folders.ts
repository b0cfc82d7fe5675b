// A folder of files under a path of the site.

import { z } from 'zod'
import { filePath, urlFolder } from './units.ts'

export const folderRoute = z.strictObject({
  at: urlFolder.describe('The path of the site, such as "/static/".'),
  root: filePath.describe('The folder, from the site file.'),
})

export type FolderRoute = z.output<typeof folderRoute>
