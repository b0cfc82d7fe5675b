// How an event of the log, and what Python printed, look as lines. Pure.

import { strftime } from './outside/strftime.ts'

export type Facts = Record<string, string | number | boolean | undefined>
export type Level = 'info' | 'warning' | 'error'

const quote = (value: string | number | boolean): string => {
  const text = String(value)
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text)
}

export function textLine(time: Date, level: Level, event: string, facts: Facts, date?: string): string {
  const when = date === undefined ? time.toISOString() : strftime(date, time)
  let line = `${when} ${level} ${event}`
  for (const [name, value] of Object.entries(facts))
    if (value !== undefined) line += ` ${name}=${quote(value)}`
  return line
}

/** What Python printed, as JSON lines: those it has made so itself stay as they are, what is between them is one event. */
export function asJsonLines(text: string): string {
  const time = new Date().toISOString()
  const lines: string[] = []
  let plain: string[] = []
  const tell = (): void => {
    if (plain.length > 0)
      lines.push(JSON.stringify({ time, level: 'info', event: 'python', text: plain.join('\n') }))
    plain = []
  }
  for (const line of text.replace(/\n$/, '').split('\n')) {
    if (!isJsonObject(line)) plain.push(line)
    else {
      tell()
      lines.push(line)
    }
  }
  tell()
  return `${lines.join('\n')}\n`
}

function isJsonObject(text: string): boolean {
  if (!text.startsWith('{') || !text.endsWith('}')) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
