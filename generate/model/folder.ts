// A folder of files under a path of the site, as the model's files share it.

export type Folder = {
  at: string
  root: string
  fallback: string | undefined
  access: 'public' | 'internal' | 'signed'
}

export const modifierFor = (at: string): '^~' | undefined => (at === '/' ? undefined : '^~')
