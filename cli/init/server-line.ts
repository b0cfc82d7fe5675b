// How the project is started today: gunicorn's (or waitress's) line in a Procfile, Dockerfile or compose file.

import { join } from 'node:path'
import { read } from './read.ts'

export type ServerLine = {
  file: string
  /** `package.module:callable`; Django's are found by their settings anyway. */
  module: string | undefined
  chdir: string | undefined
  processes: number | undefined
  threads: number | undefined
  /** Seconds a request may take. */
  timeout: number | undefined
}

const files = /(^|\/)(Procfile|Dockerfile|(docker-)?compose\.ya?ml|(start|run|entrypoint)\.sh|.*\.service)$/

export function readServerLine(folder: string, names: string[]): ServerLine | undefined {
  for (const file of names.filter((name) => files.test(name))) {
    const text = read(folder, file).replace(/\\\n/g, ' ')
    const line = /(?:^|[\s"'/[,])(gunicorn|waitress-serve)\b(.*)$/m.exec(text)?.[2]
    if (line !== undefined) return { file, ...readLine(line) }
  }
  const own = read(folder, 'gunicorn.conf.py')
  if (own === '') return undefined
  const value = (name: string): string | undefined =>
    new RegExp(`^${name}\\s*=\\s*['"]?([\\w.:/()-]+)`, 'm').exec(own)?.[1]
  return {
    file: 'gunicorn.conf.py',
    module: asModule(value('wsgi_app')),
    chdir: value('chdir'),
    processes: asNumber(value('workers')),
    threads: asNumber(value('threads')),
    timeout: asNumber(value('timeout')),
  }
}

function readLine(line: string): Omit<ServerLine, 'file'> {
  // A Dockerfile's ["gunicorn", "-w", "4", "shop:app"] and a shell's line are the same words.
  const words = (line.replace(/^["']/, '').match(/"[^"]*"|'[^']*'|[^\s,[\]"']+/g) ?? []).map((word) =>
    word.replace(/^["']|["']$/g, ''),
  )
  const after = (...flags: string[]): string | undefined => {
    for (const [index, word] of words.entries()) {
      if (flags.includes(word)) return words[index + 1]
      const flag = flags.find((one) => one.startsWith('--') && word.startsWith(`${one}=`))
      if (flag !== undefined) return word.slice(flag.length + 1)
    }
    return undefined
  }
  const taken = new Set(
    words.flatMap((word, index) => (/^-/.test(word) && !word.includes('=') ? [index + 1] : [])),
  )
  const module = words.find((word, index) => !taken.has(index) && asModule(word) !== undefined)
  const chdir = after('--chdir', '--pythonpath')
  return {
    module: asModule(module),
    chdir: chdir !== undefined && !chdir.startsWith('/') ? join(chdir) : undefined,
    processes: asNumber(after('-w', '--workers')),
    threads: asNumber(after('--threads')),
    timeout: asNumber(after('-t', '--timeout')),
  }
}

/** gunicorn takes `module:callable`, `module:factory()` and, for `application`, the module alone. */
function asModule(word: string | undefined): string | undefined {
  if (word === undefined || !/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(:[A-Za-z_]\w*(\(\))?)?$/.test(word))
    return undefined
  return word.includes(':') || word.includes('.') ? word : undefined
}

const asNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^[1-9]\d{0,4}$/.test(text) ? Number(text) : undefined
