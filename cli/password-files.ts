// Writes the files of hashes that a site made from a uwsgi.ini asks for, beside the site file. For nginx and nobody else.

import { randomBytes } from 'node:crypto'
import { chownSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { accountOf } from '../generate/reach.ts'
import { saltOf } from '../uwsgi/crypt.ts'
import type { SiteDraft } from '../uwsgi/draft.ts'
import { passwordFiles, writeUsers } from '../uwsgi/passwords.ts'

export type PasswordPlan = { paths: string[]; write(): void; notes: string[] }

export function planPasswords(site: SiteDraft, folder: string, source: string): PasswordPlan {
  const files = passwordFiles(site).map((file) => ({ ...file, path: join(folder, file.name) }))
  const nginx = accountOf('www-data') ?? accountOf('nginx')
  const isRoot = process.getuid?.() === 0
  const names = files.map(({ name }) => name).join(', ')
  return {
    paths: files.map(({ path }) => path),
    write: () => {
      for (const file of files) {
        rmSync(file.path, { force: true })
        const text = writeUsers(file, () => saltOf(randomBytes(16)))
        writeFileSync(file.path, text, { mode: 0o640 })
        if (nginx && isRoot) chownSync(file.path, 0, nginx.groups[0] as number)
      }
    },
    notes:
      files.length === 0
        ? []
        : [
            `${names}: hashes of the passwords in ${source}, mode 0640. Keep it out of version control, and take the passwords out of ${source}`,
            ...(isRoot
              ? []
              : [`nginx must be able to read ${names}: chgrp www-data ${names}, unless it runs as you`]),
          ],
  }
}
