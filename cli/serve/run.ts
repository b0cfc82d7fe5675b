// A configuration of uWSGI as a running gateway: read, tell what is to be told, start, wait. The gateway's own life is
// gateway/run.ts; this file knows the terminal around it.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../config/package-root.ts'
import { PosternError } from '../../errors.ts'
import type { Gateway } from '../../gateway/index.ts'
import type { GatewayOptions } from '../../gateway/options.ts'
import { runGateway } from '../../gateway/run.ts'
import type { Draft, ProcessDraft } from '../../uwsgi/draft.ts'
import type { Entry, World } from '../../uwsgi/entry.ts'
import { readConfiguration } from '../../uwsgi/read.ts'
import { translate } from '../../uwsgi/translate.ts'
import { verify } from '../../uwsgi/verify.ts'
import { realWorld } from '../../uwsgi/world.ts'
import { noteStart, privatePrefix } from '../gateway/started-here.ts'
import { note, say, warn } from '../print.ts'
import { printProblems } from '../problems.ts'
import { background, tellReady } from './background.ts'
import { describe, describeChosen } from './describe.ts'

/** Runs until it is told to stop; the promise is the exit code. */
export async function serve(argv: readonly string[]): Promise<number> {
  const world = realWorld()
  const configuration = readConfiguration(argv, world)
  const translation = translate(configuration, world.cwd)
  const { options, draft } = translation
  const answered = answer(draft, configuration.entries)
  if (answered !== undefined) return answered
  const problems = [...translation.problems, ...verify(translation, world, { whole: false })]
  const failed = printProblems(problems, { notes: false })
  if (options === undefined || failed !== 0) return failed
  checkComplete(options)
  keepUser(options)
  if (draft.process.daemonize !== undefined) {
    const left = await background(draft.process.daemonize, argv)
    if (left !== undefined) return left
  }
  const privateDir = settleRunDir(options, draft)
  try {
    for (const line of describe(options)) note(line)
    const onReady = (gateway: Gateway): void => {
      for (const line of describeChosen(options, gateway.addresses)) note(line)
      tellReady()
    }
    const asRoot = process.getuid?.() === 0
    return await runGateway(options, {
      onReady,
      script: join(packageRoot, 'dist/gateway.mjs'),
      reread: () => reread(argv, world, { options, asRoot, files: configuration.files }),
    })
  } finally {
    if (privateDir) rmSync(privateDir, { recursive: true, force: true })
  }
}

type Started = { options: GatewayOptions; asRoot: boolean; files: string[] }

/** The configuration as it stands at a reload; what is wrong with it is the reason why all stays as it was. */
function reread(argv: readonly string[], world: World, { options, asRoot, files }: Started): GatewayOptions {
  if (files.includes('-')) return options
  const now: World = { ...world, reloads: true }
  for (const file of files) {
    if (!now.exists(file) || now.isReadable(file)) continue
    // As uWSGI: the user it became may not be allowed what root was.
    throw new PosternError('CONFIG_NOT_REREAD', { file, user: userInfo().username })
  }
  const translation = translate(readConfiguration(argv, now), now.cwd)
  const problems = [...translation.problems, ...verify(translation, now, { whole: false })]
  const [wrong] = problems.filter(({ severity }) => severity === 'error')
  if (wrong) throw wrong.error
  const next = translation.options as GatewayOptions
  checkComplete(next)
  if (!asRoot) stayWho(next)
  return { ...next, 'run-dir': options['run-dir'] }
}

/** Only root can become somebody else; uWSGI says nothing and stays who it is, and so do we, saying so. */
function keepUser(options: GatewayOptions): void {
  const own = process.getuid?.()
  if (own === 0 || (options.uid === undefined && options.gid === undefined)) return
  const wanted = [options.uid && `uid = ${options.uid}`, options.gid && `gid = ${options.gid}`].filter(
    Boolean,
  )
  if (options.uid !== String(own))
    warn(`${wanted.join(', ')}: only root can change the user; staying ${userInfo().username}`)
  stayWho(options)
}

function stayWho(options: GatewayOptions): void {
  delete options.uid
  delete options.gid
  options['add-gid'] = []
}

/** Before anything is made: where to listen and what to serve. systemd may bring the sockets. */
function checkComplete(options: GatewayOptions): void {
  if (options.socket.length + options.http.length === 0 && process.env.LISTEN_FDS === undefined) {
    throw new PosternError('SERVE_NO_ADDRESS', undefined)
  }
  const named = [options.module, options['wsgi-file'], options.paste].some((value) => value !== undefined)
  if (!named && options.mount.length === 0) throw new PosternError('SERVE_NO_APPLICATION', undefined)
}

/** What asks for something else than a gateway: `--stop FILE`, `--get NAME`, `--show-config`, `--exit`. */
function answer({ process: wish }: Draft, entries: Entry[]): number | undefined {
  if (wish.signal) return send(wish.signal)
  for (const text of wish.print) say(text)
  if (wish.show) {
    say('[uwsgi]')
    for (const { key, value } of entries) say(`${key} = ${value ?? 'true'}`)
  }
  if (wish.get.length > 0) {
    for (const name of wish.get) {
      const value = entries.find(({ key }) => key === name)?.value
      if (value !== undefined) say(value)
    }
    return 0
  }
  return entries.some(({ key }) => key === 'exit') ? 0 : undefined
}

function send({ name, signal, pidfile }: NonNullable<ProcessDraft['signal']>): number {
  let pid: number
  try {
    pid = Number(readFileSync(pidfile, 'utf8').trim())
  } catch (cause) {
    throw new PosternError('SERVE_NO_PIDFILE', { name, pidfile }, { cause })
  }
  if (!Number.isInteger(pid) || pid < 2) throw new PosternError('SERVE_NO_PIDFILE', { name, pidfile })
  try {
    process.kill(pid, signal)
  } catch (cause) {
    throw new PosternError(
      'SERVE_NOT_RUNNING',
      { name, pid, reason: (cause as NodeJS.ErrnoException).code ?? '' },
      { cause },
    )
  }
  return 0
}

/** Without a run-dir of its own a gateway works in a private one that leaves with it. */
function settleRunDir(options: GatewayOptions, draft: Draft): string | undefined {
  if (draft.gateway['run-dir'] !== undefined) return undefined
  const { RUNTIME_DIRECTORY, XDG_RUNTIME_DIR } = process.env
  if (RUNTIME_DIRECTORY) {
    options['run-dir'] = RUNTIME_DIRECTORY.split(':')[0] as string
    return undefined
  }
  // A daemon that changes its user needs a place both users can reach.
  const parent = options.uid === undefined && XDG_RUNTIME_DIR ? XDG_RUNTIME_DIR : tmpdir()
  options['run-dir'] = mkdtempSync(join(parent, privatePrefix))
  noteStart(options['run-dir'])
  return options['run-dir']
}
