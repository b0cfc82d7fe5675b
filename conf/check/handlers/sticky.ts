// `sticky` of nginx 1.29.6 and newer: by a cookie, by a variable, or learnt from answers.
import type { Call } from '../call.ts'
import { readSize, readTime } from '../values.ts'
import { useText, useVariable } from '../variables.ts'
import type { Handler } from './core.ts'
import { PAGE, useZone } from './shared.ts'

type Reader = (call: Call, value: string, index: number) => string | undefined

/** The text behind `name=`; empty is nothing. */
const text =
  (name: string): Reader =>
  (call, value, index) => {
    if (value === '') return `no value for "${name}"`
    useText(call, index, value)
    return undefined
  }

const COOKIE: Record<string, Reader> = {
  'expires=': (_, value) =>
    value !== 'max' && (value === '' || readTime(value, true) === undefined)
      ? 'invalid "expires" parameter value'
      : undefined,
  'domain=': text('domain'),
  'path=': text('path'),
  httponly: () => undefined,
  secure: () => undefined,
  'samesite=': (call, value, index) => {
    if (value.includes('$')) useText(call, index, value)
    else if (!/^(?:strict|lax|none)$/i.test(value)) return 'invalid "samesite" parameter value'
    return undefined
  },
}

const variable =
  (name: string): Reader =>
  (call, value, index) => {
    if (!/^\$./.test(value)) return `missing variable in the "${name}" parameter`
    useVariable(call, index, value.slice(1))
    return undefined
  }

const LEARN: Record<string, Reader> = {
  'create=': variable('create'),
  'lookup=': variable('lookup'),
  'zone=': (call, value, index) => {
    const [name = '', size] = value.split(':')
    const bytes = size === undefined ? undefined : readSize(size)
    if (size === undefined) return 'zone size is not specified'
    if (name === '') return 'zone name is not specified'
    if (bytes === undefined) return 'invalid zone size'
    if (bytes < 8 * PAGE) return 'zone is too small'
    useZone(call, name, bytes, 'sticky learn', index)
    return undefined
  },
  'timeout=': (_, value) => (readTime(value, false) === undefined ? 'invalid timeout' : undefined),
  header: () => undefined,
}

/** Reads the parameters from the second on; says which names were there. */
function parameters(call: Call, known: Record<string, Reader>, from: number): Set<string> {
  const met = new Set<string>()
  for (let index = from; index < call.args.length && !call.failed; index++) {
    const word = call.arg(index)
    const name = word.includes('=') ? word.slice(0, word.indexOf('=') + 1) : word
    const read = Object.hasOwn(known, name) ? known[name] : undefined
    if (read === undefined) call.fail(`unknown parameter "${word}"`, index)
    else if (met.has(name) && known === COOKIE)
      call.says(`parameter "${name.replace('=', '')}" is duplicate`, 'duplicate', index)
    else {
      const fault = read(call, word.slice(name.length), index)
      if (fault !== undefined) call.says(fault, 'value', index)
    }
    met.add(name)
  }
  return met
}

export const sticky: Handler = (call) => {
  const [way] = call.args
  if (call.isDuplicate) return call.duplicate()
  if (way === 'cookie') {
    if (call.arg(1) === '' && call.args.length > 1) return call.says('empty cookie name', 'value', 1)
    parameters(call, COOKIE, 2)
  } else if (way === 'route') {
    for (let index = 1; index < call.args.length && !call.failed; index++) {
      const word = call.arg(index)
      if (!word.startsWith('$')) call.fail(`invalid variable name "${word}"`, index, 'variable')
      else useVariable(call, index, word.slice(1))
    }
  } else if (way === 'learn') {
    const met = parameters(call, LEARN, 1)
    const missing = ['create=', 'lookup=', 'zone='].find((name) => !met.has(name))
    if (!call.failed && missing !== undefined)
      call.says(`"${missing.slice(0, -1)}" parameter is not specified`)
  } else call.fail(`unknown parameter "${way ?? ''}"`, 0)
}
