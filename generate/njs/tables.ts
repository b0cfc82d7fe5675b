// Turns the site's tables into code. A table is built by a function, not at the top level: njs makes a new VM for
// each request and runs the top level every time, also for requests that never look at the table.

/** JSON with one addition: the value of a `matches` key becomes a regular expression literal, compiled once by njs. */
export function literal(value: unknown, key = ''): string {
  if (key === 'matches' && typeof value === 'string') return String(new RegExp(value))
  if (Array.isArray(value)) return `[${value.map((item) => literal(item)).join(',')}]`
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => `${JSON.stringify(name)}:${literal(member, name)}`)
    return `{${members.join(',')}}`
  }
  return JSON.stringify(value)
}
