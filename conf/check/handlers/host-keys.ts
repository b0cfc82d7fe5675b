// Host names as keys of one of nginx's wildcard hashes: `a.com`, `*.a.com`, `.a.com` (both of these) and `a.*`.

export class HostKeys {
  readonly #exact = new Set<string>()
  readonly #heads = new Set<string>()
  readonly #tails = new Set<string>()

  /** Adds a name, lower-cased; false when it meets one that is there already. */
  add(name: string): boolean {
    if (name.startsWith('*.')) return put(this.#heads, name.slice(2))
    if (name.endsWith('.*')) return put(this.#tails, name.slice(0, -2))
    if (!name.startsWith('.')) return put(this.#exact, name)
    const isNew = put(this.#exact, name.slice(1))
    return put(this.#heads, name.slice(1)) && isNew
  }
}

function put(set: Set<string>, name: string): boolean {
  const isNew = !set.has(name)
  set.add(name)
  return isNew
}
