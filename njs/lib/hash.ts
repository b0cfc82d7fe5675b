// A small, steady hash for sharing out visitors. Not for secrets.

/** FNV-1a with a final mix, over UTF-16 units of ASCII text; the same number in every engine. 32 bits, unsigned. */
export function hash32(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    h = Math.imul(h ^ (text.charCodeAt(i) & 0xffff), 0x01000193)
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** 0 to 9999: which hundredth of a percent a visitor falls into. */
export function bucket(salt: string, visitor: string): number {
  return hash32(`${salt}:${visitor}`) % 10000
}
