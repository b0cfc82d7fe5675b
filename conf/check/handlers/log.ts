// log_format and access_log: formats have names, and a log that uses one comes after it.
import type { Call } from '../call.ts'
import { readNumber, readSize, readTime } from '../values.ts'
import { useText, useVariable } from '../variables.ts'
import { type Handler, syslog } from './core.ts'

const logFormat: Handler = (call) => {
  const [name = '', first = ''] = call.args
  const { family } = call
  if (family === undefined) return
  const key = name.toLowerCase()
  // nginx compares names of formats exactly when it makes them, and without case when it looks them up.
  if (family.formatNames.has(name)) return call.fail(`duplicate "log_format" name "${name}"`, 0, 'duplicate')
  family.formatNames.add(name)
  family.formats.add(key)
  let from = 1
  if (first.startsWith('escape=')) {
    const escaping = first.slice(7)
    if (!['default', 'json', 'none'].includes(escaping))
      return call.fail(`unknown log format escaping "${escaping}"`, 1)
    from = 2
  }
  for (let index = from; index < call.args.length && !call.failed; index++) readPart(call, index)
}

function readPart(call: Call, index: number) {
  const text = call.arg(index)
  for (let at = text.indexOf('$'); at !== -1; at = text.indexOf('$', at)) {
    const start = at
    at++
    const bracket = text[at] === '{'
    if (bracket) at++
    const name = /^[A-Za-z0-9_]*/.exec(text.slice(at, at + 256))?.[0] ?? ''
    const closed = text[at + name.length] === '}'
    if (at >= text.length) return call.fail(`invalid parameter "${text.slice(start)}"`, index, 'variable')
    if (bracket && !closed) {
      return call.fail(`the closing bracket in "${name}" variable is missing`, index, 'variable')
    }
    if (name === '') return call.fail(`invalid parameter "${text.slice(start)}"`, index, 'variable')
    useVariable(call, index, name)
    at += name.length + (bracket ? 1 : 0)
  }
}

const accessLog: Handler = (call) => {
  const [path = '', format, ...options] = call.args
  const { family, world } = call
  const stream = call.form.type === 'STRM'
  if (path === 'off') {
    if (format !== undefined) call.fail(`invalid parameter "${format}"`, 1)
    return
  }
  if (path.startsWith('syslog:')) syslog(call)
  else useText(call, 0)
  if (call.failed || family === undefined) return
  if (stream && format === undefined) return call.fail('log format is not specified')
  const wanted = (format ?? 'combined').toLowerCase()
  if (!family.formats.has(wanted) && (stream || wanted !== 'combined') && world.whole) {
    return call.fail(
      `unknown log format "${format}"`,
      1,
      'reference',
      'log_format has to stand before the access_log that uses it',
    )
  }
  let buffered = false
  let flush: number | undefined
  let size: number | undefined
  let zipped: number | undefined
  for (const [at, word] of options.entries()) {
    const index = at + 2
    const value = word.slice(word.indexOf('=') + 1)
    if (word.startsWith('buffer=')) {
      buffered = true
      size = readSize(value)
      if (!size) return call.fail(`invalid buffer size "${value}"`, index)
    } else if (word.startsWith('flush=')) {
      flush = readTime(value, false)
      if (!flush) return call.fail(`invalid flush time "${value}"`, index)
    } else if (/^gzip(?:=|$)/.test(word)) {
      buffered = true
      const level = readNumber(value)
      if (word !== 'gzip' && (level === undefined || level < 1 || level > 9)) {
        return call.fail(`invalid compression level "${value}"`, index)
      }
      zipped = level ?? 1
    } else if (word.startsWith('if=')) useText(call, index, word.slice(3))
    else return call.fail(`invalid parameter "${word}"`, index)
  }
  if (call.failed) return
  if (flush !== undefined && !buffered) return call.fail(`no buffer is defined for access_log "${path}"`)
  if (buffered && path.startsWith('syslog:')) return call.fail('logs to syslog cannot be buffered')
  if (buffered && path.includes('$')) return call.fail('buffered logs cannot have variables in name')
  if (!buffered) return
  const way = `${size ?? 65_536} ${flush} ${zipped}`
  if ((world.bufferedLogs.get(path) ?? way) !== way)
    return call.fail(`access_log "${path}" already defined with conflicting parameters`, 0, 'conflict')
  world.bufferedLogs.set(path, way)
}

export const logs: Record<string, Handler> = {
  'HTTP:log_format': logFormat,
  'STRM:log_format': logFormat,
  'HTTP:access_log': accessLog,
  'STRM:access_log': accessLog,
}
