// What njs 0.8 (Debian 13) has beyond globals.d.ts: for edge.njs-0.8.tsconfig.json.

interface Array<T> {
  toSorted(compare?: (a: T, b: T) => number): T[]
  toReversed(): T[]
}
interface String {
  replaceAll(old: string | RegExp, fresh: string): string
}
interface NjsHeaders {
  get(name: string): string | null
  has(name: string): boolean
  set(name: string, value: string): void
  append(name: string, value: string): void
  delete(name: string): void
}
declare const Headers: new (from?: { [name: string]: string }) => NjsHeaders
