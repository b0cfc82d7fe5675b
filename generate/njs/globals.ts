// What each engine has and has not: the names and members the checks look up. Tried with the njs commands of
// Debian 12 (0.7.9), 13 (0.8.9) and 14 (1.0.2, both engines); scripts/engines.ts tries them again.
import type { NjsTarget } from './types.ts'

/** Free names that every supported engine knows inside nginx. */
export const globalNames: ReadonlySet<string> = new Set(
  (
    'Object Array String Number Boolean Function Symbol Math JSON Date RegExp Promise Error AggregateError EvalError ' +
    'InternalError MemoryError RangeError ReferenceError SyntaxError TypeError URIError ArrayBuffer DataView ' +
    'Uint8Array Uint8ClampedArray Int8Array Uint16Array Int16Array Uint32Array Int32Array Float32Array Float64Array ' +
    'TextEncoder TextDecoder Buffer atob btoa parseInt parseFloat isNaN isFinite NaN Infinity undefined globalThis ' +
    'encodeURI encodeURIComponent decodeURI decodeURIComponent setTimeout clearTimeout crypto ngx njs process arguments'
  ).split(' '),
)

/** Names that only newer engines have: name → the first target that has it. */
export const newerNames: Record<string, NjsTarget> = {
  console: 'njs-0.8',
  Headers: 'njs-0.8',
  Request: 'njs-0.8',
  Response: 'njs-0.8',
}

/** Members called on a global: `Object.fromEntries`. The value is the first target that has it, or none. */
export const missingStatics: Record<string, NjsTarget | 'none'> = {
  'Array.from': 'njs-0.8',
  'Array.fromAsync': 'none',
  'Object.fromEntries': 'none',
  'Object.groupBy': 'none',
  'Object.hasOwn': 'njs-1.0',
  'Promise.withResolvers': 'none',
  'Promise.try': 'none',
  'String.raw': 'none',
  'crypto.randomUUID': 'njs-1.0',
  'Error.captureStackTrace': 'none',
}

/** Methods of arrays, strings and promises that engines lack; another object may have one of that name. */
export const missingMethods: Record<string, NjsTarget | 'none'> = {
  at: 'none',
  flat: 'none',
  flatMap: 'none',
  findLast: 'none',
  findLastIndex: 'none',
  matchAll: 'none',
  replaceAll: 'njs-0.8',
  toSorted: 'njs-0.8',
  toReversed: 'njs-0.8',
  toSpliced: 'none',
  isWellFormed: 'none',
  finally: 'njs-1.0',
}

/** What to use instead, for the names people reach for most. */
export const advice: Record<string, string> = {
  Map: 'use an object made by Object.create(null)',
  Set: 'use an object made by Object.create(null), or an array',
  WeakMap: 'private #fields become WeakMap too: write `private` instead',
  WeakSet: 'private #methods become WeakSet too: write `private` instead',
  BigInt: 'there are no big integers; keep them as text',
  URL: 'take r.uri and r.variables.args apart, or use encodeUrl and queryValues of postern/edge',
  URLSearchParams: 'use queryValues of postern/edge',
  fetch: 'use ngx.fetch in `respond`',
  Headers: 'use plain objects',
  Response: 'return { status, headers, body }',
  structuredClone: 'use JSON.parse(JSON.stringify(value))',
  require: 'use import',
  Intl: 'there is no Intl in njs',
  window: 'this runs in nginx, not in a browser',
  document: 'this runs in nginx, not in a browser',
  Reflect: 'call Object methods instead',
  Proxy: 'there are no proxies in njs',
  queueMicrotask: 'use Promise.resolve().then(…)',
  setInterval: 'nothing lives longer than a request; use setTimeout in `respond`',
  eval: 'code from text is never run inside nginx',
}

/** What to write instead of a member that is missing. */
export const memberAdvice: Record<string, string> = {
  'Array.from': 'Array.prototype.slice.call(list), or a loop',
  'Object.fromEntries': 'a loop that fills an object',
  'Object.groupBy': 'a loop that fills an object of arrays',
  'Object.hasOwn': 'Object.prototype.hasOwnProperty.call(object, name)',
  'Promise.withResolvers': 'new Promise((resolve, reject) => …)',
  'Promise.try': 'new Promise((resolve) => resolve(work()))',
  'String.raw': 'a plain string with \\\\ for each \\',
  'crypto.randomUUID': 'crypto.getRandomValues(new Uint8Array(16)), as hex',
  at: 'list[list.length - 1]',
  flat: '[].concat.apply([], list)',
  flatMap: '[].concat.apply([], list.map(…))',
  findLast: 'a loop from the end',
  findLastIndex: 'a loop from the end',
  matchAll: 'a loop of pattern.exec(text) with the flag g',
  replaceAll: 'text.split(old).join(fresh)',
  toSorted: 'list.slice().sort(…)',
  toReversed: 'list.slice().reverse()',
  toSpliced: 'list.slice(), then splice',
  finally: '.then(done, failed) with the same work in both',
}

/** `(njs 0.8 has it)`, for members that newer engines have. */
export const whoHas = (since: NjsTarget | 'none'): string =>
  since === 'none' ? '' : ` (${since.replace('-', ' ')} has it)`

const order: NjsTarget[] = ['njs-0.7', 'njs-0.8', 'njs-1.0']

/** Whether an engine of this level has what first came with `since`. */
export const has = (target: NjsTarget, since: NjsTarget | 'none'): boolean =>
  since !== 'none' && order.indexOf(target) >= order.indexOf(since)
