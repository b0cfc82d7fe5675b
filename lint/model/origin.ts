// Does a regex meant for one's own origins match foreign ones? Builds hostile texts from what the regex itself accepts
// and tries them. Knows URLs; knows nothing of directives.

import { matches } from './regex/matches.ts'
import { type Regex, visit } from './regex/read.ts'
import { sample } from './regex/texts.ts'

export type Breach = { text: string; kind: 'foreign' | 'invalid' }

/** Last two labels, three under a known two-label suffix: what one can register. */
export function registrable(host: string): string {
  const labels = host.toLowerCase().split('.')
  const two = /^(?:co|com|net|org|gov|edu|ac|or|ne|go|com)\.[a-z]{2}$/.test(labels.slice(-2).join('.'))
  return labels.slice(two ? -3 : -2).join('.')
}

const hostOf = (url: string): string | undefined => /^https?:\/\/([^/?#:\s]*)/i.exec(url)?.[1]?.toLowerCase()

/** A text that the regex accepts although it should not; `header` decides what a valid value looks like. */
export function breach(regex: Regex, header: 'origin' | 'referer'): Breach | undefined {
  if (regex.pattern === undefined || regex.js === undefined) return undefined
  const bases = new Set<string>()
  for (const alternative of spreadAlternatives(regex)) {
    for (const text of [
      alternative,
      `https://${alternative}`,
      `https://www.${alternative}`,
      `https://${alternative}/`,
      `https://${alternative}.com`,
    ]) {
      if (matches(regex, text) && (hostOf(text)?.includes('.') || hostOf(text) === 'localhost'))
        bases.add(text)
    }
  }
  // `.` alone, `^https?://`: everything matches; no host is named at all.
  if (
    matches(regex, 'https://evil.test') ||
    matches(regex, 'https://evil.test/') ||
    matches(regex, 'http://evil.test/')
  ) {
    return { text: 'https://evil.test', kind: 'foreign' }
  }
  const own = new Set([...bases].map((text) => registrable(hostOf(text) ?? '')))
  if (own.size === 0) return undefined
  for (const base of bases) {
    const host = hostOf(base) ?? ''
    const scheme = /^https?/i.exec(base)?.[0] ?? 'https'
    const tail = base.slice(`${scheme}://${host}`.length)
    const hosts = [
      `${host}.evil.test`, `${host}evil.test`, `${host}-evil.test`, `${host}.evil.test:443`, `evil.test.${host}`,
      `evil${host}`, `evil-${host}`, `evil.${host}`, ...host.split('').flatMap((c, i) => (c === '.' ? [`${host.slice(0, i)}x${host.slice(i + 1)}`] : [])),
      ...labelsPrefixed(host),
    ] // biome-ignore format: a list
    for (const one of hosts) {
      const name = one.replace(/:\d+$/, '')
      if (own.has(registrable(name)) || !/^[a-z0-9][a-z0-9.-]*$/.test(name)) continue
      for (const end of tail === '' ? ['', '/', '/x'] : [tail, '', '/', '/x']) {
        const text = `${scheme}://${one}${end}`
        if (header === 'origin' && end !== '') continue
        if (matches(regex, text)) return { text, kind: 'foreign' }
      }
    }
    if (header === 'referer') {
      for (const text of [
        `https://evil.test/?${base}`,
        `https://evil.test/${base}`,
        `https://evil.test/${host}`,
        `https://evil.test/#${base}`,
        `https://evil.test/.${host}/`,
        `https://evil.test/${host}/`,
        `https://evil.test/x.${host}/`,
        `https://evil.test/x.${host}`,
        `https://evil.test/.${host}`,
      ]) {
        if (matches(regex, text)) return { text, kind: 'foreign' }
      }
    } else if (!matches(regex, `${scheme}://${host}`) && [...bases].every((text) => hostTail(text) !== '')) {
      return { text: base, kind: 'invalid' }
    }
  }
  return undefined
}

const hostTail = (url: string): string => url.replace(/^https?:\/\/[^/?#]*/i, '')

/** `https://sub.example.com` → subevil.example.com is ours; `xexample.com` at each label is not. */
function labelsPrefixed(host: string): string[] {
  const labels = host.split('.')
  return labels.map((_, i) => `evil${labels.slice(i).join('.')}`)
}

/** One text per alternative, at any depth, so that each branch is tried. */
function spreadAlternatives(regex: Regex): string[] {
  const texts = new Set<string>()
  if (regex.pattern === undefined) return []
  for (const alternative of regex.pattern.alternatives) texts.add(sample(alternative))
  const whole = regex.pattern.alternatives.map((one) => one.raw)
  visit(regex.pattern, (node) => {
    if (node.type !== 'Group' && node.type !== 'CapturingGroup') return
    if (node.alternatives.length < 2 || texts.size > 40) return
    const outer = whole.find((raw) => raw.includes(node.raw))
    if (outer === undefined || regex.pattern === undefined) return
    const around = regex.pattern.alternatives.find((one) => one.raw === outer)
    if (around === undefined || !around.elements.some((element) => element === node)) return
    for (const inner of node.alternatives) {
      texts.add(
        around.elements.map((element) => (element === node ? sample(inner) : sample(element))).join(''),
      )
    }
  })
  return [...texts].filter((text) => text.length > 0 && text.length < 200)
}
