// A gateway inside the test's own process, with an application that counts what it runs, and a log that can be waited for.

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { type Gateway, type GatewayOptionsInput, startGateway } from '../../gateway/index.ts'
import type { Facts, Log } from '../../gateway/log.ts'
import { tempFolder } from './nginx.ts'

export const python = process.env.POSTERN_TEST_PYTHON ?? '/usr/bin/python3'

/** Writes the number in the query to a file before it answers with it: what ran twice is there twice. */
export const countingApp = `
import os, signal, time
count = os.open(os.path.join(os.path.dirname(__file__), 'ran'), os.O_WRONLY | os.O_APPEND | os.O_CREAT)

def application(environ, start_response):
    path, number = environ['PATH_INFO'], environ['QUERY_STRING']
    os.write(count, (number + '\\n').encode())
    seconds = number.partition('=')[2]
    if path == '/sleep' and seconds != 'go':
        time.sleep(float(seconds or 0.2))
    elif path == '/die':
        os.kill(os.getpid(), signal.SIGKILL)
    elif path == '/exit':
        os._exit(7)
    elif path in ('/wait', '/sleep'):
        while not os.path.exists(os.path.join(os.path.dirname(__file__), 'go')):
            time.sleep(0.005)
    elif path == '/spin':
        while True: pass
    body = number.encode() if path != '/pid' else str(os.getpid()).encode()
    start_response('200 OK', [('Content-Type', 'text/plain'), ('X-Version', VERSION)])
    return [body]

VERSION = '1'
`

export type Said = { level: string; event: string; facts: Facts; text?: string }

export type TestLog = Log & {
  said: Said[]
  lines: string[]
  printed: string
  /** Resolves with the first event (said already, or to come) that matches. */
  heard(matches: (said: Said) => boolean): Promise<Said>
}

export function testLog(): TestLog {
  const said: Said[] = []
  const waiting: { matches: (said: Said) => boolean; resolve: (said: Said) => void }[] = []
  const put = (entry: Said): void => {
    said.push(entry)
    if (process.env.POSTERN_TEST_LOG) console.error(entry.level, entry.event, entry.facts, entry.text ?? '')
    for (const one of [...waiting]) {
      if (!one.matches(entry)) continue
      waiting.splice(waiting.indexOf(one), 1)
      one.resolve(entry)
    }
  }
  const log: TestLog = {
    said,
    lines: [],
    printed: '',
    info: (event, facts = {}) => put({ level: 'info', event, facts }),
    warning: (event, facts = {}) => put({ level: 'warning', event, facts }),
    error: (event, facts = {}) => put({ level: 'error', event, facts }),
    block: (event, text, facts = {}, level = 'error') => put({ level, event, facts, text }),
    output(bytes) {
      log.printed += bytes.toString('utf8')
      if (process.env.POSTERN_TEST_LOG) process.stderr.write(bytes)
    },
    access: (line) => void log.lines.push(line),
    reopen() {},
    rotate() {},
    flush() {},
    close() {},
    heard: (matches) => {
      const found = said.find(matches)
      if (found !== undefined) return Promise.resolve(found)
      return new Promise((resolve) => waiting.push({ matches, resolve }))
    },
  }
  return log
}

export type TestGateway = {
  gateway: Gateway
  folder: string
  socket: string
  log: TestLog
  /** What the application ran, in order. */
  ran(): string[]
  writeApp(text: string): void
  /** Lets `/wait` requests finish. */
  go(): void
}

/** Starts it; the test's teardown stops it and removes its folder. */
export async function startTestGateway(
  t: ExecutionContext,
  options: Partial<GatewayOptionsInput> = {},
  app = countingApp,
): Promise<TestGateway> {
  const folder = tempFolder('gw')
  const file = join(folder, 'app.py')
  const socket = join(folder, 's')
  writeFileSync(file, app)
  const log = testLog()
  const gateway = await startGateway(
    { socket: [socket], 'wsgi-file': file, 'run-dir': join(folder, 'r'), python, ...options },
    { log },
  )
  t.teardown(async () => {
    await gateway.stop(5_000)
    if (!process.env.POSTERN_TEST_LEAVE) rmSync(folder, { recursive: true, force: true })
  })
  return {
    gateway,
    folder,
    socket,
    log,
    ran: () => readFileSync(join(folder, 'ran'), 'utf8').trim().split('\n'),
    writeApp: (text) => writeFileSync(file, text),
    go: () => writeFileSync(join(folder, 'go'), ''),
  }
}
