// The running nginx of a site: is it there, does it take a configuration, did a reload take effect. Knows processes and
// log files, no site.

import { execFile } from 'node:child_process'
import { access, open, readFile, stat, writeFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Memory and time `nginx -t` may use: njs 0.8.9 can eat all there is. */
export const testLimits = { kilobytes: 4_000_000, ms: 30_000 }

/** undefined when nginx accepts the configuration, else its words. */
export async function testConf(
  nginx: string,
  prefix: string | undefined,
  conf: string,
  limits = testLimits,
): Promise<string | undefined> {
  const command = `ulimit -v ${limits.kilobytes} 2>/dev/null; exec "$@"`
  const place = prefix === undefined ? [] : ['-p', `${prefix}/`]
  const args = ['-c', command, 'sh', nginx, '-t', '-q', '-e', 'stderr', ...place, '-c', conf]
  return run('/bin/sh', args, { timeout: limits.ms, killSignal: 'SIGKILL' }).then(
    () => undefined,
    (error: Error & { stderr?: string; killed?: boolean; signal?: string }) => {
      if (error.killed) return `nginx -t did not end within ${limits.ms / 1000} s`
      const words = (error.stderr ?? '').trim()
      const died = error.signal ? `nginx -t was ended by ${error.signal}` : ''
      const memory = `nginx -t may use ${Math.round(limits.kilobytes / 1000)} MB of memory`
      if (died || /memory|bad_alloc/i.test(words)) return [words, died, memory].filter(Boolean).join('; ')
      return words || error.message
    },
  )
}

/** The master process of this pid file, when it is alive. */
export async function masterOf(pidFile: string): Promise<number | undefined> {
  const pid = Number.parseInt(await readFile(pidFile, 'utf8').catch(() => ''), 10)
  if (!Number.isInteger(pid) || pid < 2) return undefined
  try {
    process.kill(pid, 0)
    return pid
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? pid : undefined
  }
}

const workersOf = async (pid: number): Promise<Set<string>> => {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  return new Set(text.trim().split(' ').filter(Boolean))
}

/** An old worker takes no new connections any more; it may live on for its last requests. */
const isLeaving = async (pid: string): Promise<boolean> => {
  const title = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined)
  return title === undefined || title.includes('shutting down')
}

/**
 * After a reload. A pid file that is called otherwise now (`out/run/nginx.pid`, then `/srv/site/out/run/nginx.pid`) is written
 * by nginx and then removed under its old name, though both are one file: `nginx -s` would find nobody.
 */
export async function keepPidFile(pid: number, pidFile: string): Promise<void> {
  const lost = await access(pidFile).then(
    () => false,
    () => true,
  )
  if (lost) await writeFile(pidFile, `${pid}\n`)
}

/** Reloads and waits until only new workers take connections; else what the error log says. */
export async function reloadNginx(
  pid: number,
  errorLog: string,
  limitMs = 15_000,
): Promise<string | undefined> {
  const before = await workersOf(pid)
  const from = await stat(errorLog).then(
    ({ size }) => size,
    () => 0,
  )
  process.kill(pid, 'SIGHUP')
  const deadline = performance.now() + limitMs
  while (performance.now() < deadline) {
    await pause(50)
    const said = await since(errorLog, from)
    const refused = said.split('\n').filter((line) => line.includes('[emerg]'))
    if (refused.length > 0) return refused.join('\n')
    const now = await workersOf(pid)
    const fresh = [...now].some((worker) => !before.has(worker))
    const old = await Promise.all([...before].filter((worker) => now.has(worker)).map(isLeaving))
    if (fresh && old.every(Boolean)) return undefined
  }
  return `nginx (pid ${pid}) did not start new workers within ${limitMs / 1000} s`
}

async function since(path: string, from: number): Promise<string> {
  const file = await open(path).catch(() => undefined)
  if (!file) return ''
  try {
    const { size } = await file.stat()
    const length = Math.min(Math.max(0, size - from), 65_536)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, from)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}
