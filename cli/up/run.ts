// `postern up`: gateway and nginx together in the foreground. Starts, watches, restarts, stops; builds nothing.

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { PosternError } from '../../errors.ts'
import { accepts, probeAddress } from './address.ts'
import { type Child, endedHow, startChild } from './child.ts'
import { type Heir, heirOf, markName } from './heir.ts'
import { ASK_EVERY_MS, isReady, untilReady } from './ready.ts'

export type UpPlan = {
  /** nginx's prefix and everybody's working directory. */
  root: string
  /** nginx's configuration, relative to root. */
  conf: string
  /** The gateway: script and its configuration, relative to root; the socket's path. */
  gateway: { script: string; options: string; socket: string } | undefined
  /** TCP addresses as in `listen`, for the check before the start. */
  listens: string[]
  /** Said once everything is ready. */
  greeting: string[]
}

export type Voice = { say(text: string): void; note(text: string): void; line(text: string): void }

/** A gateway that died is started again after this pause: long enough to see the error page, short enough for a demo. */
const RESTART_AFTER_MS = 3000
const STOP_WITHIN_MS = 70_000

export function findNginx(): string {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  const found = folders.map((dir) => join(dir, 'nginx')).find((path) => existsSync(path))
  if (found === undefined) throw new PosternError('UP_NGINX_MISSING', undefined)
  return found
}

/** `nginx -t`, under a memory limit: njs 0.8.9 can eat all there is. */
export function checkNginx(nginx: string, root: string, conf: string): void {
  const limited = 'ulimit -v 8000000 2>/dev/null; exec "$@"'
  const args = ['-c', limited, 'sh', nginx, '-t', '-q', '-e', 'stderr', '-p', './', '-c', conf]
  const { status, stderr } = spawnSync('/bin/sh', args, { cwd: root, encoding: 'utf8', timeout: 30_000 })
  if (status !== 0) throw new PosternError('UP_NGINX_REFUSED', { words: stderr.trim() })
}

const withoutNoise = (line: string): boolean => !/\[notice\]/.test(line)

class Up {
  private readonly plan: UpPlan
  private readonly nginxPath: string
  private readonly voice: Voice
  private stopping = false
  /** Somebody else's gateway took the socket over while ours was away. */
  private handedOver = false
  private nginx: Child | undefined
  private gateway: Child | undefined
  /** The one that has replaced it. */
  private heir: Heir | undefined
  private finish: (code: number) => void = () => {}
  private fail: (error: unknown) => void = () => {}

  constructor(plan: UpPlan, nginxPath: string, voice: Voice) {
    this.plan = plan
    this.nginxPath = nginxPath
    this.voice = voice
  }

  async run(): Promise<number> {
    const ended = new Promise<number>((resolve, reject) => {
      this.finish = resolve
      this.fail = reject
    })
    const onSignal = () => void this.stop(0)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
    try {
      const code = await this.start()
      if (code !== undefined) return code
      return await ended
    } finally {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, onSignal)
      await this.killAll()
    }
  }

  /** An exit code when there is nothing to wait for. */
  private async start(): Promise<number | undefined> {
    if (this.plan.gateway) {
      const code = await this.startGateway()
      if (code !== undefined) return code
    }
    if (this.stopping) return undefined
    this.startNginx()
    if (await this.nginxAccepts()) for (const line of this.plan.greeting) this.voice.say(line)
    return undefined
  }

  private async startGateway(): Promise<number | undefined> {
    const { script, options } = this.plan.gateway as NonNullable<UpPlan['gateway']>
    const socket = this.socketNow()
    const gateway = startChild(process.execPath, [script, options], {
      cwd: this.plan.root,
      onLine: this.voice.line,
      env: { [markName]: String(process.pid) },
    })
    this.gateway = gateway
    const ready = await untilReady(socket, () => !gateway.running() || this.stopping)
    if (ready || this.stopping) {
      void gateway.ended.then((how) => this.gatewayEnded(gateway, endedHow(how)))
      return undefined
    }
    const how = await gateway.ended
    // 2, 3 and 4 are the operator's to mend and the gateway has said how; anything else needs words of ours.
    if (how.code !== null && [2, 3, 4].includes(how.code)) return how.code
    throw new PosternError('UP_GATEWAY_ENDED', { code: endedHow(how) })
  }

  /** Where the gateway listens by its options of now: apply may have moved the run directory. */
  private socketNow(): string {
    const { options, socket } = this.plan.gateway as NonNullable<UpPlan['gateway']>
    try {
      const said = JSON.parse(readFileSync(join(this.plan.root, options), 'utf8')) as { socket?: string[] }
      return said.socket?.[0] ?? socket
    } catch {
      return socket // it is being written, or has been taken away
    }
  }

  private async gatewayEnded(gateway: Child | undefined, how: string): Promise<void> {
    if (this.stopping || this.gateway !== gateway) return
    this.heir = undefined
    const socket = this.socketNow()
    if (await this.isReplaced(socket)) return
    this.voice.note(
      `the gateway ended (${how}); nginx serves the error page. Starting it again in ${RESTART_AFTER_MS / 1000} s`,
    )
    await new Promise((resolve) => setTimeout(resolve, RESTART_AFTER_MS))
    if (this.stopping || (await this.isReplaced(socket))) return
    try {
      const code = await this.startGateway()
      if (code === undefined) this.voice.note('the gateway is back')
      else await this.stop(code)
    } catch (error) {
      this.fail(error)
    }
  }

  /** Our gateway's own successor is watched and stopped as it was; a stranger's is left alone. */
  private async isReplaced(socket: string): Promise<boolean> {
    if (!(await isReady(socket))) return false
    const heir = await heirOf(socket, process.pid)
    this.heir = heir
    this.handedOver = heir === undefined
    if (heir === undefined) {
      this.voice.note('another gateway is serving the socket now; leaving it to it')
      return true
    }
    this.voice.note(`the gateway has been replaced by process ${heir.pid}`)
    this.gateway = undefined
    void heir.gone.then(() => this.gatewayEnded(undefined, `process ${heir.pid} is gone`))
    return true
  }

  /** False when it has ended or is told to. */
  private async nginxAccepts(): Promise<boolean> {
    const [first] = this.plan.listens
    while (this.nginx?.running() && !this.stopping) {
      if (first === undefined || (await accepts(first))) return true
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS))
    }
    return false
  }

  private startNginx(): void {
    const args = ['-p', './', '-e', 'stderr', '-c', this.plan.conf, '-g', 'daemon off;']
    const onLine = (line: string) => withoutNoise(line) && this.voice.line(line)
    const nginx = startChild(this.nginxPath, args, { cwd: this.plan.root, onLine })
    this.nginx = nginx
    void nginx.ended.then((how) => {
      if (this.stopping) return
      this.fail(new PosternError('UP_NGINX_ENDED', { code: endedHow(how), words: nginx.lastWords() }))
    })
  }

  /** nginx first, so that nobody is told that the gateway is away; a second signal is immediate. */
  private async stop(code: number): Promise<void> {
    if (this.stopping) {
      this.nginx?.kill('SIGKILL')
      this.gateway?.kill('SIGKILL')
      this.heir?.kill('SIGKILL')
      return
    }
    this.stopping = true
    this.voice.note('stopping')
    await this.killAll()
    this.finish(code)
  }

  private async killAll(): Promise<void> {
    this.stopping = true
    const late = setTimeout(() => {
      this.nginx?.kill('SIGKILL')
      this.gateway?.kill('SIGKILL')
      this.heir?.kill('SIGKILL')
    }, STOP_WITHIN_MS)
    this.nginx?.kill('SIGQUIT')
    await this.nginx?.ended
    this.gateway?.kill('SIGTERM')
    await this.gateway?.ended
    // A successor that has taken over while we were stopping is ours too.
    if (this.plan.gateway) this.heir ??= await heirOf(this.socketNow(), process.pid)
    this.heir?.kill('SIGTERM')
    await this.heir?.gone
    clearTimeout(late)
    if (this.plan.gateway && !this.handedOver) removeSockets(dirname(this.plan.gateway.socket))
  }
}

/** A gateway that was killed could not tidy up; nobody else uses its run directory once both have ended. */
function removeSockets(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isSocket()) rmSync(join(folder, entry.name), { force: true })
  }
}

/** Runs until a signal comes or something ends that should not. The promise is the exit code. */
export async function runUp(plan: UpPlan, voice: Voice): Promise<number> {
  const nginx = findNginx()
  // Before nginx -t, which would have the address refused as well, in words of its own.
  for (const listen of plan.listens) await probeAddress(listen)
  checkNginx(nginx, plan.root, plan.conf)
  return new Up(plan, nginx, voice).run()
}
