// Accept and Accept-Encoding with quality values, RFC 9110 12.4.2. Never throws; a malformed weight counts as 1.

/** name (lower case) → weight 0…1, in the order given. */
export type Weighted = { name: string; q: number }[]

/** A client may send kilobytes; what real ones send fits. The rest is ignored. */
const listLimit = 32

export function parseWeighted(value: string): Weighted {
  const parts = value.split(',')
  const list: Weighted = []
  for (let i = 0; i < parts.length && list.length < listLimit; i++) {
    const fields = (parts[i] as string).split(';')
    const name = (fields[0] as string).trim().toLowerCase()
    if (name === '') continue
    let q = 1
    for (let j = 1; j < fields.length; j++) {
      const found = /^\s*q\s*=\s*([01](?:\.\d*)?)\s*$/i.exec(fields[j] as string)
      if (found) q = Math.min(1, Number(found[1]))
    }
    list.push({ name, q })
  }
  return list
}

/** The weight of a content coding: its own, else that of `*`, else `absent`. */
export function codingWeight(list: Weighted, name: string, absent: number): number {
  let star = -1
  for (let i = 0; i < list.length; i++) {
    const item = list[i] as { name: string; q: number }
    if (item.name === name || (name === 'gzip' && item.name === 'x-gzip')) return item.q
    if (item.name === '*') star = item.q
  }
  return star >= 0 ? star : absent
}

/** The weight of a media type by its most specific range; 1 for everything when nothing was said. */
export function typeWeight(list: Weighted, type: string): number {
  if (list.length === 0) return 1
  const range = `${type.split('/')[0]}/*`
  let best = -1
  let q = 0
  for (let i = 0; i < list.length; i++) {
    const item = list[i] as { name: string; q: number }
    const precision = item.name === type ? 2 : item.name === range ? 1 : item.name === '*/*' ? 0 : -1
    if (precision > best) {
      best = precision
      q = item.q
    }
  }
  return q
}
