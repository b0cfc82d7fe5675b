// nginx versions as numbers. Knows how to compare them, not what changed in them.

export type Version = [major: number, minor: number, patch: number]

/** `1.26` is read as the newest 1.26. */
export function readVersion(text: string): Version | undefined {
  const found = /^(\d+)\.(\d+)(?:\.(\d+))?$/.exec(text.trim())
  if (found === null) return undefined
  return [Number(found[1]), Number(found[2]), found[3] === undefined ? 999 : Number(found[3])]
}

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2]
}

/** True when `version` came out before `text`. */
export function before(version: Version, text: string): boolean {
  const other = readVersion(text)
  return other !== undefined && compare(version, other) < 0
}

/** True for a version that has a fault which came in with `first` and went away in each of `fixed` (stable and mainline). */
export function affected(version: Version, first: string, fixed: string[]): boolean {
  if (before(version, first)) return false
  return (
    !fixed.some((text) => {
      const fix = readVersion(text) as Version
      return version[0] === fix[0] && version[1] === fix[1] ? version[2] >= fix[2] : false
    }) && fixed.some((text) => before(version, text))
  )
}
