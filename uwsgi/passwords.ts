// Names and passwords that stood in routes of uWSGI -> files as htpasswd makes them, which the site file names. Pure.

import { crypt } from './crypt.ts'
import type { SiteDraft, SiteRoute, User } from './draft.ts'

export type PasswordFile = { name: string; users: User[] }

/** One file for the same users, however many routes ask them. */
export function passwordFiles(site: SiteDraft): PasswordFile[] {
  const files = new Map<string, PasswordFile>()
  for (const { users } of site.routes) {
    if (users === undefined || files.has(keyOf(users))) continue
    const name = files.size === 0 ? 'htpasswd' : `htpasswd-${files.size + 1}`
    files.set(keyOf(users), { name, users })
  }
  return [...files.values()]
}

const keyOf = (users: User[]): string => JSON.stringify(users)

/** The route with its file in the place of its users. */
export function withFile(route: SiteRoute, files: PasswordFile[]): SiteRoute {
  const { users, ...rest } = route
  const found = users && files.find((file) => keyOf(file.users) === keyOf(users))
  return found ? { ...rest, password: found.name } : rest
}

/** `salt` makes a new one each time. */
export const writeUsers = ({ users }: PasswordFile, salt: () => string): string =>
  users.map(({ name, password }) => `${name}:${crypt(password, salt())}\n`).join('')

/** The line without the password, for terminals and reports. */
export const withoutPassword = (value: string): string =>
  value.replace(/(\bbasicauth(?:-next)?:[^,]*,[^:]*:).+/s, '$1…')
