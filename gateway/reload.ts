// A reload as the operator means it: the configuration is read again, commands of the load run again, and the new code is
// put in service with what it says now. What a running gateway cannot change is named, never half taken.
// Knows the order of these steps; generations are pool/rollout.ts's, reading is whoever started the gateway's.

import { PosternError } from '../errors.ts'
import { runHooks } from './companions/shell.ts'
import type { Log } from './log.ts'
import type { GatewayOptions } from './options.ts'
import type { ReloadResult } from './pool/rollout.ts'

type Name = keyof GatewayOptions

/** What a reload takes over. Everything else belongs to the process: its sockets, its user, its log. */
export const reloadable: ReadonlySet<string> = new Set<Name>([
  ...(['module', 'wsgi-file', 'callable', 'mount', 'paste', 'import', 'uwsgi-module', 'preload'] as const),
  ...(['chdir', 'chdir2', 'pythonpath', 'python', 'home', 'env', 'unenv', 'pyargv'] as const),
  ...(['umask', 'limit-as', 'max-fd', 'thread-stacksize', 'procname', 'catch-exceptions'] as const),
  ...(['processes', 'threads', 'cheaper', 'cheaper-initial', 'cheaper-step', 'need-app'] as const),
  ...(['harakiri', 'close-timeout', 'boot-timeout', 'worker-reload-mercy', 'reload-mercy'] as const),
  ...(['max-requests', 'max-requests-delta', 'min-worker-lifetime'] as const),
  ...(['max-worker-lifetime', 'max-worker-lifetime-delta'] as const),
  ...(['reload-on-rss', 'evil-reload-on-rss', 'reload-on-as', 'evil-reload-on-as'] as const),
  ...(['queue-limit', 'queue-timeout'] as const),
  ...(['disable-logging', 'log-4xx', 'log-5xx', 'log-slow', 'log-skip', 'log-big', 'log-zero'] as const),
  ...(['log-format', 'logformat-strftime', 'log-x-forwarded-for'] as const),
  ...(['exec-asap', 'exec-pre-app', 'exec-post-app', 'exec-as-root', 'exec-as-user'] as const),
  ...(['exec-as-user-atexit', 'attach-daemon', 'smart-attach-daemon', 'cron'] as const),
  ...(['touch-reload', 'fs-reload', 'py-autoreload', 'touch-logreopen'] as const),
  ...(['touch-logrotate', 'touch-exec'] as const),
])

/** Decided where a gateway is started, not in its configuration. */
const notCompared = new Set<string>(['run-dir'])

export function changesOf(now: GatewayOptions, next: GatewayOptions): { taken: Name[]; untaken: Name[] } {
  const names = [...new Set([...Object.keys(now), ...Object.keys(next)])] as Name[]
  const changed = names.filter(
    (name) => !notCompared.has(name) && JSON.stringify(now[name]) !== JSON.stringify(next[name]),
  )
  return {
    taken: changed.filter((name) => reloadable.has(name)),
    untaken: changed.filter((name) => !reloadable.has(name)),
  }
}

export type ReloadParts = {
  options: GatewayOptions
  log: Log
  /** The configuration as it stands now; throws if it is wrong. */
  read: (() => GatewayOptions) | undefined
  /** New code in service, or a reason why not. */
  load(): Promise<ReloadResult>
  /** The code is in service: everything beside it follows. */
  follow(changed: readonly Name[]): void
}

export class Reloader {
  readonly #parts: ReloadParts
  #last: Promise<unknown> = Promise.resolve()

  constructor(parts: ReloadParts) {
    this.#parts = parts
  }

  /** One after the other. Resolves when every worker runs the new code, or when all is as it was. */
  reload(): Promise<ReloadResult> {
    const turn = this.#last.then(() => this.#once())
    this.#last = turn.catch(() => {})
    return turn
  }

  async #once(): Promise<ReloadResult> {
    const { options, log, read, load, follow } = this.#parts
    const before = { ...options }
    let taken: Name[] = []
    try {
      taken = takeChanges(options, readAgain(read, log), log)
      await runHooks('exec-pre-app', options, log)
    } catch (error) {
      if (!(error instanceof PosternError)) throw error
      restoreOptions(options, before)
      refuseReload(error, log)
      return { ok: false, error }
    }
    const result = await load()
    if (!result.ok) {
      restoreOptions(options, before)
      return result
    }
    follow(taken)
    log.info('reload complete', { generation: result.generation })
    try {
      await runHooks('exec-post-app', options, log)
    } catch (error) {
      if (!(error instanceof PosternError)) throw error
      log.error('command failed after a reload', { reason: error.message })
    }
    return result
  }
}

/** A configuration that its new user may not read stays as it was; the code is loaded all the same. */
export function readAgain(read: (() => GatewayOptions) | undefined, log: Log): GatewayOptions | undefined {
  try {
    return read?.()
  } catch (error) {
    if (!(error instanceof PosternError) || error.code !== 'CONFIG_NOT_REREAD') throw error
    log.warning('configuration not read again', {
      reason: error.message,
      ...(error.hint ? { hint: error.hint } : {}),
    })
    return undefined
  }
}

/** Takes over what a reload can change, and tells what it cannot. */
export function takeChanges(options: GatewayOptions, next: GatewayOptions | undefined, log: Log): Name[] {
  if (next === undefined) return []
  const { taken, untaken } = changesOf(options, next)
  if (untaken.length > 0) {
    log.warning('changed options that a reload does not take', {
      options: untaken.join(', '),
      hint: `a restart does; without a pause: kill -USR2 ${process.pid}`,
    })
  }
  if (taken.length > 0) log.info('configuration changed', { options: taken.join(', ') })
  for (const name of taken) (options as Record<string, unknown>)[name] = next[name]
  return taken
}

export function refuseReload(error: PosternError, log: Log): { ok: false; code: string; text: string } {
  const { place, message, hint, code } = error
  const text = `${place ? `${place.file}${place.line ? `:${place.line}` : ''}: ` : ''}${message}`
  log.error('reload refused, everything stays as it is', { reason: text, ...(hint ? { hint } : {}) })
  return { ok: false, code, text }
}

export function restoreOptions(options: GatewayOptions, before: GatewayOptions): void {
  for (const name of reloadable) {
    ;(options as Record<string, unknown>)[name] = before[name as Name]
  }
}
