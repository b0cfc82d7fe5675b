// Build, lint, nginx -t, switch, reload, ask, and back to the old state when anything fails. Each step is said.

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PosternError } from '../../errors.ts'
import { type Built, planBuild } from '../../generate/build.ts'
import { findNginx } from '../../generate/target.ts'
import { manifestName, writeOut } from '../../generate/write.ts'
import { loadText } from '../../lint/files.ts'
import { lintConf } from '../../lint/lint.ts'
import { rules } from '../../lint/rules.generated.ts'
import { ask } from '../gateway/client.ts'
import { masterOf, reloadNginx, testConf } from './nginx.ts'
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
  const { config, out } = options
  const built = await planBuild({ config, ...(out ? { out } : {}) })
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
  const { changed, removed } = await writeOut(built.out, built.files, built.secret)
  for (const folder of built.folders) await mkdir(folder, { recursive: true })
  voice.step(`switched: ${changed.length} files written, ${removed.length} removed`)
  const { host } = options
  const path = options.path ?? built.loaded.config.health ?? '/'
  const failed = await takeEffect(built, changed, { path, host }, voice)
  if (failed === undefined) return 'applied'
  await rollBack(built, before, changed, host, failed, voice)
  throw new PosternError('APPLY_ROLLED_BACK', { reason: failed })
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

/** The files of the last build, for the way back. */
async function snapshot(out: string): Promise<Map<string, Buffer>> {
  const list: unknown = JSON.parse(await readFile(join(out, manifestName), 'utf8').catch(() => '[]'))
  const files = new Map<string, Buffer>()
  for (const path of Array.isArray(list) ? list.map(String) : []) {
    const content = await readFile(join(out, path)).catch(() => undefined)
    if (content) files.set(path, content)
  }
  return files
}

type Effect = { path: string; host: Host | undefined }

async function takeEffect(
  built: Built,
  changed: string[],
  { path, host }: Effect,
  voice: Voice,
): Promise<string | undefined> {
  const words = host && (await testConf(findNginx(built.loaded.config.nginx.binary), undefined, host.conf))
  if (words !== undefined) return `nginx refuses ${host?.conf}: ${words}`
  const gateway = await reloadGateway(built, changed, voice)
  if (gateway !== undefined) return gateway
  const pid = await masterOf(host?.pid ?? built.site.main.pid)
  if (pid === undefined) {
    voice.step('nginx is not running: nothing to reload')
    return undefined
  }
  const refused = await reloadNginx(pid, host?.errorLog ?? built.site.main.errorLog)
  if (refused !== undefined) return refused
  voice.step(`nginx (pid ${pid}) has new workers`)
  // Where an nginx of somebody else listens is not ours to know.
  const probe = host ? undefined : probeOf(built, path)
  if (probe === undefined) return undefined
  const failed = await verify(probe)
  if (failed === undefined) voice.step(`the site answers at ${probe.address}`)
  return failed
}

/** New options need a new gateway process; new code only a reload. */
async function reloadGateway(built: Built, changed: string[], voice: Voice): Promise<string | undefined> {
  if (!built.site.gateway) return undefined
  const control =
    built.site.gateway['control-socket'] ?? join(String(built.site.gateway['run-dir']), 'control.sock')
  const answer = await ask(control, { command: 'reload' }).catch(() => undefined)
  if (answer === undefined) {
    voice.step('the gateway is not running: nothing to reload')
    return undefined
  }
  if (!answer.ok) return `the gateway does not load the application: ${answer.text}`
  voice.step(`the gateway runs generation ${answer.generation}`)
  if (
    changed.some((path) => path === 'gateway.json' || path === 'gateway.mjs' || path.startsWith('python/'))
  ) {
    voice.warn(
      'the gateway’s own options or code have changed: restart it when it suits (systemctl restart, or postern up)',
    )
  }
  return undefined
}

function probeOf(built: Built, path: string): Probe | undefined {
  const server = built.site.servers.find(({ body }) => body)
  const listen = server?.listens.find((words) => !words.includes('quic'))
  if (!server || !listen) return undefined
  const name =
    server.names.find((one) => !one.startsWith('.') && !one.includes('*') && one !== '_') ?? 'localhost'
  return { address: listen[0] as string, host: name, path, secure: listen.includes('ssl') }
}

async function rollBack(
  built: Built,
  before: Map<string, Buffer>,
  changed: string[],
  host: Host | undefined,
  reason: string,
  voice: Voice,
): Promise<void> {
  voice.warn(`it does not work: ${reason}`)
  await writeOut(built.out, before, built.secret)
  voice.step('the old files are back')
  await takeEffect(built, changed, { path: '/', host }, { ...voice, warn: () => {} })
}
