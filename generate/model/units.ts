// Times as nginx writes them.

/** The shortest exact form. */
export function duration(ms: number): string {
  if (ms % 1000 !== 0) return `${ms}ms`
  const seconds = ms / 1000
  if (seconds === 0) return '0s'
  if (seconds % 86_400 === 0) return `${seconds / 86_400}d`
  if (seconds % 3600 === 0) return `${seconds / 3600}h`
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`
}
