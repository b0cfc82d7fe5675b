// Build, lint, nginx -t, switch, reload, ask, and back to the old state when anything fails. Each step is said.

import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PosternError } from '../../errors.ts'
import type { GatewayOptionsInput } from '../../gateway/options.ts'
import { type Built, planBuild } from '../../generate/build.ts'
import { findNginx } from '../../generate/target.ts'
import { manifestName, writeOut } from '../../generate/write.ts'
import { loadText } from '../../lint/files.ts'
import { lintConf } from '../../lint/lint.ts'
import { rules } from '../../lint/rules.generated.ts'
import { whileCompressing } from '../progress.ts'
import { controlOf, needsNewProcess, type Turn, turnGateway } from './gateway.ts'
import { keepPidFile, masterOf, reloadNginx, testConf } from './nginx.ts'
import { differences } from './report.ts'
import { type Probe, verify } from './verify.ts'

export type ApplyOptions = {
  config: string
  out?: string
  path?: string
  lint: boolean
  /** The nginx that includes the drop-in forms, when it is not our own. */
  host?: Host
}
export type Host = { conf: string; pid: string; errorLog: string }
export type Voice = { step(text: string): void; warn(text: string): void }

export async function apply(options: ApplyOptions, voice: Voice): Promise<'applied' | 'unchanged'> {
  const { config, out, host } = options
  const built = await whileCompressing((progress) =>
    planBuild({ config, progress, ...(out ? { out } : {}), ...(host ? { beside: host.conf } : {}) }),
  )
  for (const note of built.notes) voice.warn(note)
  const changes = await differences(built)
  if (changes.length === 0) {
    voice.step('nothing has changed')
    return 'unchanged'
  }
  if (options.lint) lintAll(built, voice)
  await tryOut(built)
  voice.step('nginx accepts it')
  const before = await snapshot(built.out)
  const probes = await probesOf(built, options)
  const { changed, removed } = await writeOut(built.out, built.files, built.secret)
  for (const folder of built.folders) await mkdir(folder, { recursive: true })
  voice.step(`switched: ${changed.length} files written, ${removed.length} removed`)
  const turn = turnFor(built, [...changed, ...removed])
  const effect = await takeEffect({ built, before, host: options.host }, turn, probes, voice)
  if (effect.failed === undefined) return 'applied'
  await rollBack({ built, before, host: options.host }, effect, voice)
  throw new PosternError('APPLY_ROLLED_BACK', { reason: effect.failed })
}

function turnFor(built: Built, paths: string[]): Turn {
  // The site has no application any more: a gateway that still runs is the operator's to stop.
  if (!built.site.gateway) return 'leave'
  return needsNewProcess(paths) ? 'replace' : 'reload'
}

function lintAll(built: Built, voice: Voice): void {
  const text = String(built.files.get('nginx.conf'))
  const conf = loadText(text, join(built.out, 'nginx.conf'))
  const nginx = built.facts.target.version.join('.')
  const { findings } = lintConf(conf, rules, { nginx })
  const words = (one: (typeof findings)[number]): string =>
    `nginx.conf:${one.line} ${one.rule}: ${one.message}`
  for (const one of findings.filter(({ severity }) => severity === 'warning')) voice.warn(words(one))
  const errors = findings.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new PosternError('APPLY_LINT', { findings: errors.map(words) })
  voice.step('the linter finds no errors')
}

/** `nginx -t` on a copy in a folder of its own: what runs is not touched before nginx has said yes. */
async function tryOut(built: Built): Promise<void> {
  const stage = await mkdtemp(join(tmpdir(), 'postern-try-'))
  try {
    for (const [path, content] of built.files) {
      if (!path.endsWith('.conf') && !path.startsWith('njs/')) continue
      const text = Buffer.from(content).toString().replaceAll(built.out, stage)
      await mkdir(dirname(join(stage, path)), { recursive: true })
      await writeFile(join(stage, path), text)
    }
    for (const folder of built.folders) await mkdir(folder.replace(built.out, stage), { recursive: true })
    const nginx = findNginx(built.loaded.config.nginx.binary)
    const words = await testConf(nginx, stage, join(stage, 'nginx.conf'))
    if (words !== undefined)
      throw new PosternError('GENERATE_NGINX_REFUSES', { nginx, output: words.replaceAll(stage, built.out) })
  } finally {
    await rm(stage, { recursive: true, force: true })
  }
}

/** The files of the last build, for the way back, and which of them only their owner may read. */
type Before = { files: Map<string, Buffer>; secret: Set<string> }

async function snapshot(out: string): Promise<Before> {
  const list: unknown = JSON.parse(await readFile(join(out, manifestName), 'utf8').catch(() => '[]'))
  const files = new Map<string, Buffer>()
  const secret = new Set<string>()
  for (const path of Array.isArray(list) ? list.map(String) : []) {
    const content = await readFile(join(out, path)).catch(() => undefined)
    if (content === undefined) continue
    files.set(path, content)
    if (((await stat(join(out, path))).mode & 0o044) === 0) secret.add(path)
  }
  return { files, secret }
}

/** What the running gateway was started with says where it listens; the new options may say another place. */
function runningControl({ built, before }: Scene): string | undefined {
  const old = before.files.get('gateway.json')
  const options = old ? (JSON.parse(old.toString()) as GatewayOptionsInput) : built.site.gateway
  return options && controlOf(options)
}

/** nginx when the run directory, and its pid file with it, is about to move. */
async function oldMaster(before: Before): Promise<number | undefined> {
  const conf = before.files.get('nginx.conf')?.toString() ?? ''
  const file = /^pid (?:"([^"]+)"|([^\s;]+));/m.exec(conf)
  return file ? masterOf((file[1] ?? file[2]) as string) : undefined
}

type Scene = { built: Built; before: Before; host: Host | undefined }
type Effect = { failed: string | undefined; done: Turn }

async function takeEffect(
  { built, before, host }: Scene,
  turn: Turn,
  probes: Probe[],
  voice: Voice,
  control = runningControl({ built, before, host }),
): Promise<Effect> {
  const words = host && (await testConf(findNginx(built.loaded.config.nginx.binary), undefined, host.conf))
  if (words !== undefined) return { failed: `nginx refuses ${host?.conf}: ${words}`, done: 'leave' }
  const turned = control === undefined ? undefined : await turnGateway(control, turn)
  const done = turned?.done ?? 'leave'
  if (turned?.failed !== undefined) return { failed: turned.failed, done }
  if (turned?.said !== undefined) voice.step(turned.said)
  const pid =
    (await masterOf(host?.pid ?? built.site.main.pid)) ?? (host ? undefined : await oldMaster(before))
  if (pid === undefined) {
    voice.step('nginx is not running: nothing to reload')
    return { failed: undefined, done }
  }
  const refused = await reloadNginx(pid, host?.errorLog ?? built.site.main.errorLog)
  if (refused !== undefined) return { failed: refused, done }
  if (!host) await keepPidFile(pid, built.site.main.pid)
  voice.step(`nginx (pid ${pid}) has new workers`)
  for (const probe of probes) {
    const failed = await verify(probe)
    if (failed !== undefined) return { failed, done }
    voice.step(`the site answers at ${probe.address}, GET ${probe.path}`)
  }
  return { failed: undefined, done }
}

/**
 * What is asked afterwards: the path that was named; else the health path and `/`, unless `/` fails already. Where an
 * nginx of somebody else listens is not ours to know.
 */
async function probesOf(built: Built, { host, path }: ApplyOptions): Promise<Probe[]> {
  const server = built.site.servers.find(({ body }) => body)
  const listen = server?.listens.find((words) => !words.includes('quic'))
  if (host || !server || !listen) return []
  const name =
    server.names.find((one) => !one.startsWith('.') && !one.includes('*') && one !== '_') ?? 'localhost'
  const to = (wanted: string): Probe => ({
    address: listen[0] as string,
    host: name,
    path: wanted,
    secure: listen.includes('ssl'),
  })
  if (path !== undefined) return [to(path)]
  const { health } = built.loaded.config
  const failsAlready = /is answered 5/.test((await verify(to('/'))) ?? '')
  return [...(health === undefined ? [] : [to(health)]), ...(failsAlready ? [] : [to('/')])]
}

/** The old files, and whoever has already taken the new ones is given the old ones again. */
async function rollBack(scene: Scene, effect: Effect, voice: Voice): Promise<void> {
  const { built, before } = scene
  const reason = effect.failed as string
  voice.warn(`it does not work: ${reason}`)
  await writeOut(built.out, before.files, new Set([...built.secret, ...before.secret]))
  voice.step('the old files are back')
  // A gateway that was replaced listens where the new options say.
  const replaced = effect.done === 'replace'
  const control = replaced && built.site.gateway ? controlOf(built.site.gateway) : runningControl(scene)
  const back = await takeEffect(scene, replaced ? 'replace' : 'leave', [], voice, control)
  if (back.failed !== undefined) throw new PosternError('APPLY_STUCK', { reason, back: back.failed })
}
