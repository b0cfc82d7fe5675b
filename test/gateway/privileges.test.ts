// Started as root: sockets are bound first, then everything runs as somebody else.

import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { readIdentity } from '../../gateway/privileges.ts'
import { spawnGateway } from '../helpers/gateway-process.ts'
import { ask, tempFolder } from '../helpers/nginx.ts'
import { program } from '../helpers/program.ts'

const identityOf = (pid: number): { uid: number; gid: number; groups: string } => {
  const text = readFileSync(`/proc/${pid}/status`, 'latin1')
  const of = (name: string) => new RegExp(`^${name}:\\t(.*)$`, 'm').exec(text)?.[1] ?? ''
  return {
    uid: Number(of('Uid').split('\t')[1]),
    gid: Number(of('Gid').split('\t')[1]),
    groups: of('Groups').trim(),
  }
}

const asNobody = `
import { requireReadable } from '${program('gateway/privileges.ts')}'
process.setgid(65534)
process.setuid(65534)
try {
  requireReadable(process.argv.at(-1), 'nobody')
  console.log('open')
} catch (error) {
  console.log(error.code, error.message, error.hint)
}
`

test('who cannot read postern after the change of user is told so, with the folder that is closed', (t) => {
  if (process.getuid?.() !== 0) {
    t.log('skipped: only root can become somebody else')
    t.pass()
    return
  }
  const folder = tempFolder('closed')
  mkdirSync(join(folder, 'a/b'), { recursive: true })
  const file = join(folder, 'a/b/worker.py')
  writeFileSync(file, '')
  chmodSync(folder, 0o755)
  const asked = () =>
    execFileSync(process.execPath, ['--input-type=module', '-e', asNobody, file], {
      encoding: 'utf8',
      cwd: join(import.meta.dirname, '../..'),
    })
  t.is(asked(), 'open\n')
  chmodSync(join(folder, 'a'), 0o700)
  t.regex(asked(), new RegExp(`^INSTALLATION_CLOSED nobody cannot read .*chmod o\\+x ${folder}/a\n$`))
  chmodSync(join(folder, 'a'), 0o755)
  chmodSync(file, 0o600)
  t.regex(asked(), /^INSTALLATION_CLOSED /)
  rmSync(folder, { recursive: true, force: true })
})

test('uid and gid: gateway and workers run as that user, the socket has its owner and mode, the log stays writable', async (t) => {
  if (process.getuid?.() !== 0) {
    t.log('skipped: only root can become somebody else')
    t.pass()
    return
  }
  const logs = tempFolder('uid')
  chmodSync(logs, 0o777)
  const logto = join(logs, 'log')
  const nobody = readIdentity('nobody', undefined)
  const options = {
    uid: 'nobody',
    'chown-socket': 'root:nogroup',
    'chmod-socket': '660',
    logto,
    processes: 1,
  }
  const gateway = await spawnGateway(t, options, {
    wrap: (command) => [
      '/bin/sh',
      '-c',
      `umask 022; chmod -R a+rX,a+w ${'$(dirname "$0")'}; exec "$@"`,
      command.at(-1) as string,
      ...command,
    ],
  })
  const log = (): string => {
    try {
      return readFileSync(logto, 'utf8')
    } catch {
      return ''
    }
  }
  while (!/info serving/.test(log())) await new Promise((resolve) => setTimeout(resolve, 10))
  const worker = Number(/worker ready worker=1 pid=(\d+)/.exec(log())?.[1])
  for (const pid of [gateway.child.pid as number, worker]) {
    const { uid, gid, groups } = identityOf(pid)
    t.deepEqual({ uid, gid }, { uid: nobody?.uid as number, gid: nobody?.gid as number })
    t.false(groups.split(' ').includes('0'), 'no group of root is left')
  }
  const socket = statSync(gateway.socket)
  t.deepEqual([socket.uid, socket.mode & 0o777], [0, 0o660])
  const control = statSync(join(gateway.folder, 'r/control.sock'))
  t.deepEqual([control.uid, control.mode & 0o777], [nobody?.uid as number, 0o600])
  t.is((await ask(gateway.socket, '/?1')).status, 200)
  renameSync(logto, `${logto}.1`)
  gateway.child.kill('SIGUSR1')
  while (!/log reopened/.test(log())) await new Promise((resolve) => setTimeout(resolve, 10))
  t.is(statSync(logto).uid, nobody?.uid as number)
  gateway.child.kill('SIGTERM')
  t.is((await gateway.exit).code, 0)
})
