// A folder of files under a path of the site, as the model's files share it.

export type Folder = {
  at: string
  root: string
  fallback: string | undefined
  access: 'public' | 'internal' | 'signed'
}

export const modifierFor = (at: string): '^~' | undefined => (at === '/' ? undefined : '^~')

/** What editors, version control and deployments leave behind: never served from a folder of files. */
export const hiddenPattern = '(?:/\\.|\\.(?:py|pyc|pyo|orig|bak|swp|sqlite3?|pem|key|ini|toml|lock)$|~$)'
