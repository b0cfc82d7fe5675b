// Password files that nginx will not be able to read: nginx -t says nothing of them, and every visitor gets 403 or 500.

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { LoadedSite } from '../config/load.ts'
import { accountOf, isReadable } from './reach.ts'

export function passwordNotes({ config, folder }: LoadedSite, user: string | undefined): string[] {
  const files = [config.all, ...config.routes].flatMap(({ password }) => (password ? [password] : []))
  const account = user === undefined ? undefined : accountOf(user)
  return [...new Set(files)].flatMap((file) => {
    const path = resolve(folder, file)
    if (!existsSync(path))
      return [`password: there is no ${path}, so nobody is let in: htpasswd -c ${path} <name> makes it`]
    if (account && !isReadable(path, account))
      return [
        `password: nginx’s user ${user} may not read ${path}, so nobody is let in: chgrp ${user} ${path} && chmod 640 ${path}`,
      ]
    return []
  })
}
