// Paths of files and URLs as lists of names.

export const segments = (path: string): string[] => path.split('/').filter((part) => part !== '')

/** `inner` lies in `outer` (and is not the same folder). */
export function isBelow(inner: string, outer: string): boolean {
  const a = segments(inner)
  const b = segments(outer)
  return a.length > b.length && b.every((part, i) => a[i] === part)
}

/** The last name looks like that of a file: it has an extension. */
export const looksLikeFile = (path: string): boolean => /[^/.]\.[A-Za-z0-9]{1,10}$/.test(path)
