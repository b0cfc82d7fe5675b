// Whether PCRE2 would compile a pattern, as far as that is certain; what it would say if not. Each refusal here was tried
// against nginx 1.22.1 with PCRE2 10.42. Constructs not judged (conditions, lookbehind length, properties) pass.

const QUANTIFIER = /\{\d{1,}(?:,\d*)?\}/y
const POSIX = /^(?:alpha|lower|upper|alnum|ascii|blank|cntrl|digit|graph|print|punct|space|word|xdigit)$/
const NAME = /[A-Za-z_0-9]*/y

type Fault = { reason: string; at: number }

class Refused extends Error {
  readonly fault: Fault
  constructor(reason: string, at: number) {
    super(reason)
    this.fault = { reason, at }
  }
}

/** nginx's message for a pattern PCRE2 refuses; undefined when it compiles, or when that is not certain. */
export function regexFault(pattern: string): string | undefined {
  try {
    new Reader(pattern).read()
    return undefined
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const { reason, at } = error.fault
    const rest = pattern.slice(at)
    return `pcre2_compile() failed: ${reason} in "${pattern}"${rest === '' ? '' : ` at "${rest}"`}`
  }
}

/** Names of the groups a pattern captures into, which nginx makes variables of. */
export function groupNames(pattern: string): string[] {
  return [...pattern.matchAll(/\(\?(?:P?<|')([A-Za-z_]\w*)[>']/g)].map((found) => found[1] as string)
}

class Reader {
  readonly #text: string
  #at = 0
  #depth = 0
  #groups = 0
  /** (?J), (?x), (?| and conditions change what is an error. */
  #lenient = false
  #extended = false
  /** Whether the last class in a set is one that cannot end a range. */
  #certain = true
  readonly #names = new Set<string>()
  readonly #references: { to: number | string; at: number }[] = []

  constructor(text: string) {
    this.#text = text
    this.#lenient = /\(\?(?:[a-zA-Z]*J|\||\()/.test(text)
    this.#extended = /\(\?[a-zA-Z^]*x/.test(text)
  }

  read(): void {
    if (this.#extended) {
      if (/^\(\?[a-zA-Z^]*$/.test(this.#text))
        throw new Refused('missing closing parenthesis', this.#text.length)
      return
    }
    let repeatable = false
    for (let verb = /\(\*[A-Z][^)]*\)/y; ; ) {
      verb.lastIndex = this.#at
      const found = verb.exec(this.#text)
      if (found === null) break
      this.#at += found[0].length
    }
    while (this.#at < this.#text.length) repeatable = this.#item(repeatable)
    if (this.#depth > 0) throw new Refused('missing closing parenthesis', this.#text.length)
    for (const { to, at } of this.#references) {
      const known = typeof to === 'number' ? to <= this.#groups : this.#names.has(to)
      if (!known && !this.#lenient) throw new Refused('reference to non-existent subpattern', at)
    }
  }

  /** Reads one item; gives whether a quantifier may follow. */
  #item(repeatable: boolean): boolean {
    const char = this.#text[this.#at] as string
    switch (char) {
      case '\\':
        return this.#escape(repeatable)
      case '[':
        this.#set()
        return true
      case '(':
        return this.#open(repeatable)
      case ')':
        if (this.#depth === 0) throw new Refused('unmatched closing parenthesis', this.#at)
        this.#depth--
        this.#at++
        return true
      case '*':
      case '+':
      case '?':
        if (!repeatable) this.#notRepeatable(this.#at)
        this.#at++
        this.#greed()
        return false
      case '{':
        return this.#count(repeatable)
      case '|':
      case '^':
      case '$':
        this.#at++
        return false
      default:
        this.#at++
        return true
    }
  }

  #notRepeatable(at: number): never {
    throw new Refused('quantifier does not follow a repeatable item', at)
  }

  #greed(): void {
    if (/[?+]/.test(this.#text[this.#at] ?? '')) this.#at++
  }

  #count(repeatable: boolean): boolean {
    QUANTIFIER.lastIndex = this.#at
    const found = QUANTIFIER.exec(this.#text)
    if (found === null) {
      this.#at++
      return true
    }
    const end = this.#at + found[0].length - 1
    const [low = 0, high] = found[0]
      .slice(1, -1)
      .split(',')
      .map((part) => (part === '' ? undefined : Number(part)))
    if ((low ?? 0) > 65_535 || (high ?? 0) > 65_535) throw new Refused('number too big in {} quantifier', end)
    if (high !== undefined && high < (low ?? 0))
      throw new Refused('numbers out of order in {} quantifier', end)
    if (!repeatable) this.#notRepeatable(end)
    this.#at = end + 1
    this.#greed()
    return false
  }

  #escape(repeatable: boolean): boolean {
    const text = this.#text
    const char = text[this.#at + 1]
    if (char === undefined) throw new Refused('\\ at end of pattern', text.length)
    this.#at += 2
    if (char === 'Q') {
      const end = text.indexOf('\\E', this.#at)
      const empty = end === this.#at
      this.#at = end === -1 ? text.length : end + 2
      return empty ? repeatable : true
    }
    if (char === 'E') return repeatable
    if (/[LlUu]/.test(char))
      throw new Refused('PCRE2 does not support \\F, \\L, \\l, \\N{name}, \\U, or \\u', this.#at - 1)
    if (/[ijmqyFIJMOTY]/.test(char)) throw new Refused('unrecognized character follows \\', this.#at - 1)
    if (/[1-9]/.test(char)) return this.#backReference()
    if (char === 'k' || char === 'g') return this.#namedReference(char)
    if (char === 'c' && text[this.#at] === undefined) throw new Refused('\\c at end of pattern', text.length)
    if (char === 'c') this.#at++
    if (char === 'x' && text[this.#at] === '{') this.#hex()
    if (char === 'p' || char === 'P') this.#property()
    if (/[xopPN]/.test(char) && text[this.#at] === '{') {
      const end = text.indexOf('}', this.#at)
      if (end !== -1) this.#at = end + 1
    }
    return !/[bBAZzGK]/.test(char)
  }

  /** `\pL`, `\p{^Lu}`: properties JavaScript does not know either, and that are no peculiarity of PCRE2, are unknown. */
  #property(): void {
    const found = /^(?:[A-Z]|\{\s*\^?\s*([\w\s&:=-]*)\})/i.exec(this.#text.slice(this.#at, this.#at + 100))
    if (found === null) throw new Refused('malformed \\P or \\p sequence', this.#text.length)
    if (/^[a-z]+$/i.test(found[1] ?? '') && !isProperty(found[1] as string))
      throw new Refused('unknown property after \\P or \\p', this.#at + found[0].length)
  }

  /** `\x{41}`: the digits are there, and all of them are hexadecimal. */
  #hex(): void {
    const digits = /^\{\s*([0-9a-fA-F]*)\s*(\}?)/.exec(this.#text.slice(this.#at, this.#at + 300))
    if (digits?.[1] === '' && digits[2] === '}')
      throw new Refused('digits missing in \\x{} or \\o{} or \\N{U+}', this.#at + 1)
    if (digits === null || digits[2] === '}') return
    throw new Refused(
      'non-hex character in \\x{} (closing brace missing?)',
      this.#at + 1 + (digits[1] as string).length,
    )
  }

  #backReference(): boolean {
    const digits = /^\d+/.exec(this.#text.slice(this.#at - 1, this.#at + 9))?.[0] as string
    const to = Number(digits)
    // \10 and above are octal where there are not that many groups.
    if (to < 10 || /^[89]/.test(digits)) this.#references.push({ to, at: this.#at - 1 })
    this.#at += digits.length - 1
    return true
  }

  #namedReference(kind: 'k' | 'g'): boolean {
    const found = /^(?:\{([^}]*)\}|<([^>]*)>|'([^']*)'|(-?\+?\d+))/.exec(
      this.#text.slice(this.#at, this.#at + 140),
    )
    if (found === null) return true
    const to = found[1] ?? found[2] ?? found[3] ?? found[4] ?? ''
    this.#at += found[0].length
    if (/^\d+$/.test(to)) this.#references.push({ to: Number(to), at: this.#at - 1 })
    else if (kind === 'k' && /^[A-Za-z_]\w*$/.test(to))
      this.#references.push({ to, at: this.#at - to.length - 1 })
    return true
  }

  #open(repeatable: boolean): boolean {
    const text = this.#text
    this.#at++
    if (text[this.#at] === '*' && /[A-Za-z:]/.test(text[this.#at + 1] ?? '')) {
      const end = text.indexOf(')', this.#at)
      if (/^\*[a-z]/.test(text.slice(this.#at))) this.#lenient = true
      this.#at = end === -1 ? text.length : end + 1
      return false
    }
    if (text[this.#at] !== '?') {
      this.#depth++
      this.#groups++
      return false
    }
    this.#at++
    const rest = text.slice(this.#at, this.#at + 200)
    if (rest.startsWith('#')) {
      const end = text.indexOf(')', this.#at)
      if (end === -1) throw new Refused('missing ) after (?# comment', text.length)
      this.#at = end + 1
      return repeatable
    }
    const named = /^(?:P?<(?![=!])|')/.exec(rest)
    if (named !== null) return this.#named(named[0])
    const call = /^(?:R|[+-]?\d+|&\w+|P>\w+|P=\w+|C\d*)\)/.exec(rest)
    if (call !== null) {
      const to = /\d+|(?<=P=|P>|&)\w+/.exec(call[0])?.[0]
      if (to !== undefined && !/^[-+C]/.test(rest)) {
        this.#references.push({ to: /^\d+$/.test(to) ? Number(to) : to, at: this.#at + call[0].length - 1 })
      }
      this.#at += call[0].length
      return true
    }
    const flags = /^[imsxnJUa^DSWPT-]*[:)]/.exec(rest)
    if (flags !== null) {
      this.#at += flags[0].length
      if (flags[0].endsWith(':')) this.#depth++
      return false
    }
    const group = /^(?:[=!>|]|<[=!]|\*)/.exec(rest)
    if (group !== null) {
      if (group[0].startsWith('<')) this.#lookbehind(this.#at - 2)
      this.#at += group[0].length
      this.#depth++
      return false
    }
    if (rest.startsWith('(')) {
      // A condition: its own parenthesis is read as a group, which is near enough to match brackets.
      this.#lenient = true
      this.#depth++
      return false
    }
    const bad = /^[imsxnJU^-]*/.exec(rest)?.[0].length ?? 0
    if (bad === rest.length || rest === 'P') throw new Refused('missing closing parenthesis', text.length)
    throw new Refused('unrecognized character after (? or (?-', this.#at + bad)
  }

  /** No PCRE2 takes a lookbehind without a limit to its length; which limits it takes differs. */
  #lookbehind(start: number): void {
    const text = this.#text
    let depth = 0
    for (let at = start; at < text.length; at++) {
      const char = text[at]
      if (char === '\\') {
        if (text[at + 1] === 'Q') return
        at++
      } else if (char === '[') {
        at = endOfSet(text, at)
      } else if (char === '(') {
        if (text[at + 1] === '*' || (/^\(\?(?:[<!=]|<=|<!)/.test(text.slice(at, at + 4)) && at > start))
          return
        depth++
        if (text.startsWith('(?#', at)) return
        if (text[at + 1] === '?') at++
      } else if (char === ')') {
        depth--
        if (depth === 0) return
      } else if (char === '*' || char === '+' || /^\{\d+,\}/.test(text.slice(at, at + 12))) {
        if (char === '+' && /[*+?}]/.test(text[at - 1] ?? '')) continue
        throw new Refused('lookbehind assertion is not fixed length', start)
      }
    }
  }

  #named(opener: string): boolean {
    this.#at += opener.length
    NAME.lastIndex = this.#at
    const name = NAME.exec(this.#text)?.[0] ?? ''
    if (/^\d/.test(name)) throw new Refused('subpattern name must start with a non-digit', this.#at)
    const after = this.#at + name.length
    if (this.#text[after] !== (opener === "'" ? "'" : '>')) {
      const reason =
        name === '' ? 'subpattern name expected' : 'syntax error in subpattern name (missing terminator?)'
      throw new Refused(reason, after)
    }
    if (name === '') throw new Refused('subpattern name expected', after)
    this.#at = after + 1
    if (this.#names.has(name) && !this.#lenient) {
      throw new Refused('two named subpatterns have the same name (PCRE2_DUPNAMES not set)', this.#at)
    }
    this.#names.add(name)
    this.#groups++
    this.#depth++
    return false
  }

  #set() {
    const text = this.#text
    this.#at++
    if (text[this.#at] === '^') this.#at++
    let first = true
    let previous: number | 'class' | undefined
    let range = false
    for (;;) {
      const char = text[this.#at]
      if (char === undefined) throw new Refused('missing terminating ] for character class', text.length)
      if (char === ']' && !first) {
        this.#at++
        return
      }
      first = false
      if (char === '-' && previous !== undefined && !range && text[this.#at + 1] !== ']') {
        if (previous === 'class') throw new Refused('invalid range in character class', this.#at)
        range = true
        this.#at++
        continue
      }
      const item = this.#setItem()
      if (item === 'nothing') continue
      if (range && item === 'class') {
        if (!this.#certain) return this.#skipSet()
        throw new Refused('invalid range in character class', Math.min(this.#at, text.length))
      }
      if (
        range &&
        typeof previous === 'number' &&
        typeof item === 'number' &&
        firstByte(item) < lastByte(previous)
      ) {
        throw new Refused('range out of order in character class', this.#at - 1)
      }
      previous = range ? undefined : item
      range = false
    }
  }

  /** Past something not judged, to the end of the set. */
  #skipSet(): void {
    while (this.#at < this.#text.length && this.#text[this.#at] !== ']')
      this.#at += this.#text[this.#at] === '\\' ? 2 : 1
    this.#at++
  }

  #setItem(): number | 'class' | 'nothing' {
    const text = this.#text
    const char = text[this.#at] as string
    if (char === '[' && /[:.=]/.test(text[this.#at + 1] ?? '')) {
      const mark = text[this.#at + 1] as string
      const end = text.indexOf(`${mark}]`, this.#at + 2)
      const inside = end === -1 ? undefined : text.slice(this.#at + 2, end)
      if (inside !== undefined && !/[\]\\]/.test(inside)) {
        if (mark !== ':') throw new Refused('POSIX collating elements are not supported', this.#at)
        if (!POSIX.test(inside.replace(/^\^/, '')))
          throw new Refused('unknown POSIX class name', this.#at + 2)
        this.#at = end + 2
        this.#certain = true
        return 'class'
      }
    }
    if (char !== '\\') {
      this.#at++
      return char.charCodeAt(0)
    }
    const next = text[this.#at + 1]
    if (next === undefined) throw new Refused('\\ at end of pattern', text.length)
    this.#at += 2
    if (next === 'E') return 'nothing'
    if (next === 'Q') {
      const end = text.indexOf('\\E', this.#at)
      this.#at = end === -1 ? text.length : end + 2
      return 'nothing'
    }
    if (/[xopPNcug0-9bk]/.test(next)) {
      this.#certain = false
      const braced = /^\{[^}]*\}/.exec(text.slice(this.#at, this.#at + 40))
      if (braced !== null) this.#at += braced[0].length
      else if (next === 'x')
        this.#at += /^[0-9a-fA-F]{0,2}/.exec(text.slice(this.#at, this.#at + 2))?.[0].length ?? 0
      else if (/\d/.test(next))
        this.#at += /^[0-7]{0,2}/.exec(text.slice(this.#at, this.#at + 2))?.[0].length ?? 0
      else if (next === 'c') this.#at++
      return /[pPNR]/.test(next) ? 'class' : 'nothing'
    }
    if (/[BRX]/.test(next)) throw new Refused('escape sequence is invalid in character class', this.#at - 1)
    this.#certain = true
    if (/[dDsSwWhHvV]/.test(next)) return 'class'
    const code = { n: 10, r: 13, t: 9, f: 12, e: 27, a: 7 }[next]
    return code ?? next.charCodeAt(0)
  }
}

/** nginx compiles patterns as bytes: a range ends with the first byte of a character … */
const firstByte = (code: number): number =>
  code < 0x80
    ? code
    : code < 0x800
      ? 0xc0 | (code >> 6)
      : code >= 0xd800 && code < 0xe000
        ? 0xf0
        : 0xe0 | (code >> 12)

/** … and begins with the last byte of one. */
const lastByte = (code: number): number => (code < 0x80 ? code : 0x80 | (code & 0x3f))

/** Where a set that begins at `from` ends; a `]` that comes first is one of its characters. */
function endOfSet(text: string, from: number): number {
  let at = from + 1
  if (text[at] === '^') at++
  if (text[at] === ']') at++
  while (at < text.length && text[at] !== ']') at += text[at] === '\\' ? 2 : 1
  return at
}

/** Names of scripts and categories; PCRE2 takes them in any case and more of its own. */
function isProperty(name: string): boolean {
  const wanted = `${name[0]?.toUpperCase()}${name.slice(1).toLowerCase()}`
  if (/^(?:any|lc|x[a-z]*|bidi[a-z]*|[a-z]{4,5})$/i.test(name)) return true
  return [wanted, `Script=${wanted}`, name, `Script=${name}`].some((one) => {
    try {
      return new RegExp(`\\p{${one}}`, 'u') !== undefined
    } catch {
      return false
    }
  })
}
