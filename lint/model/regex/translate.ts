// Translates a PCRE pattern, as nginx takes it, to the JavaScript syntax that the regex libraries read.
// What has no counterpart (recursion, conditionals, callouts) gives undefined: such a pattern is not judged.

const POSIX: Record<string, string> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
  xdigit: 'A-Fa-f0-9',
  word: '\\w',
  cntrl: '\\x00-\\x1f\\x7f',
  print: ' -~',
  graph: '!-~',
}

export type Translated = { source: string; ignoreCase: boolean; dotAll: boolean; multiline: boolean }

export function translate(pcre: string, ignoreCase: boolean): Translated | undefined {
  const result = { source: '', ignoreCase, dotAll: false, multiline: false }
  let out = ''
  let i = 0
  let quantified = false
  while (i < pcre.length) {
    const rest = pcre.slice(i, i + 40)
    const wasQuantified: boolean = quantified
    quantified = false
    const c = pcre[i] as string
    if (c === '\\') {
      const next = pcre[i + 1] ?? ''
      if (next === 'Q') {
        const end = pcre.indexOf('\\E', i)
        const text = pcre.slice(i + 2, end < 0 ? undefined : end)
        out += text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
        i = end < 0 ? pcre.length : end + 2
        continue
      }
      const braced = /^\\x\{([0-9a-fA-F]{1,6})\}/.exec(rest)
      if (braced !== null) {
        const code = Number.parseInt(braced[1] as string, 16)
        out += code > 0xffff ? '\\uffff' : `\\u${code.toString(16).padStart(4, '0')}`
        i += braced[0].length
        continue
      }
      const property = /^\\[pP](\{\^?\w+\}|\w)/.exec(rest)
      if (property !== null) {
        out += '[A-Za-z0-9\\u0080-\\uffff]'
        i += property[0].length
        continue
      }
      if (/^\\[gk]/.test(rest)) {
        const named = /^\\k(?:\{(\w+)\}|<(\w+)>|'(\w+)')/.exec(rest)
        const numbered = /^\\g\{?(\d)\}?/.exec(rest)
        if (named !== null) out += `\\k<${named[1] ?? named[2] ?? named[3]}>`
        else if (numbered !== null) out += `\\${numbered[1]}`
        else return undefined
        i += (named ?? numbered)?.[0].length ?? 2
        continue
      }
      const plain: Record<string, string> = {
        A: '^', z: '(?!.|\\n)', Z: '$', G: '', K: '', E: '', h: '[ \\t]', H: '[^ \\t]', R: '(?:\\r\\n|\\n|\\r)',
        N: '[^\\n]', e: '\\x1b', a: '\\x07', X: '.', C: '.', '': '\\\\',
      } // biome-ignore format: a table
      out += plain[next] ?? `\\${next}`
      i += 2
      continue
    }
    if (c === '[') {
      const set = readClass(pcre, i)
      if (set === undefined) return undefined
      out += set.text
      i = set.end
      continue
    }
    if (c === '(' && (pcre[i + 1] === '?' || pcre[i + 1] === '*')) {
      const verb = /^\(\*[A-Z_0-9:=]+\)/.exec(rest)
      if (verb !== null) {
        i += verb[0].length
        continue
      }
      if (rest.startsWith('(?#')) {
        const end = pcre.indexOf(')', i)
        if (end < 0) return undefined
        i = end + 1
        continue
      }
      const named = /^\(\?(?:P?<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')/.exec(rest)
      if (named !== null) {
        out += `(?<${named[1] ?? named[2]}>`
        i += named[0].length
        continue
      }
      const again = /^\(\?P=(\w+)\)/.exec(rest)
      if (again !== null) {
        out += `\\k<${again[1]}>`
        i += again[0].length
        continue
      }
      const flags = /^\(\?([imsxJUX]*)(?:-([imsxJUX]+))?(\)|:)/.exec(rest)
      if (flags !== null) {
        const on = flags[1] ?? ''
        if (on.includes('x') || on.includes('U')) return undefined
        if (on.includes('i')) result.ignoreCase = true
        if (on.includes('s')) result.dotAll = true
        if (on.includes('m')) result.multiline = true
        if (flags[2]?.includes('i') && flags[3] === ')') result.ignoreCase = false
        out += flags[3] === ':' ? '(?:' : ''
        i += flags[0].length
        continue
      }
      if (rest.startsWith('(?>')) {
        out += '(?:'
        i += 3
        continue
      }
      const look = /^\(\?(?:=|!|<=|<!)/.exec(rest)
      if (look === null) return undefined
      out += look[0]
      i += look[0].length
      continue
    }
    const counted = /^\{\d+(?:,\d*)?\}/.exec(rest)
    if (c === '*' || c === '+' || c === '?' || counted !== null) {
      // A `+` behind a quantifier makes it possessive: the same language, less backtracking.
      if (!(c === '+' && wasQuantified)) out += counted?.[0] ?? c
      quantified = !wasQuantified
      i += counted?.[0].length ?? 1
      continue
    }
    out += c === '/' ? '\\/' : c
    i++
  }
  result.source = out
  return result
}

function readClass(pcre: string, from: number): { text: string; end: number } | undefined {
  let i = from + 1
  let out = '['
  if (pcre[i] === '^') {
    out += '^'
    i++
  }
  let first = true
  while (i < pcre.length) {
    const c = pcre[i] as string
    if (c === ']' && !first) return { text: `${out}]`, end: i + 1 }
    first = false
    const posix = /^\[:(\^?)(\w+):\]/.exec(pcre.slice(i, i + 14))
    if (posix !== null) {
      const known = POSIX[posix[2] as string]
      if (known === undefined || posix[1] === '^') return undefined
      out += known
      i += posix[0].length
    } else if (c === '\\') {
      const next = pcre[i + 1] ?? ''
      out += next === 'h' ? ' \\t' : next === 'e' ? '\\x1b' : next === 'Q' || next === 'E' ? '' : `\\${next}`
      i += 2
    } else {
      out += c === ']' || c === '[' || c === '/' ? `\\${c}` : c
      i++
    }
  }
  return undefined
}
