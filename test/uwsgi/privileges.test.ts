// uid, gid and add-gid as a process of its own shows them; and a running gateway told by its pid file.
import { spawn } from 'node:child_process'
import { chmodSync, chownSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { closedFolder } from '../../generate/reach.ts'
import { root } from '../helpers/cli.ts'
import { python } from '../helpers/gateway.ts'
import { ask, tempFolder } from '../helpers/nginx.ts'
import { program } from '../helpers/program.ts'

const app = `
import json, os
def application(environ, start_response):
    start_response('200 OK', [])
    return [json.dumps({'uid': os.getuid(), 'gid': os.getgid(), 'groups': os.getgroups()}).encode()]
`

/** What the user who is left would have to enter to read postern. */
const closed = closedFolder(root, { uid: 65534, groups: [65533] })
const asRoot = process.getuid?.() === 0 && closed === undefined ? test : test.skip

asRoot(
  'root gives its rights away: uid, gid, add-gid; --reload, --pause, --resume and --stop find it',
  async (t) => {
    const folder = tempFolder('rights')
    chmodSync(folder, 0o755)
    t.teardown(() => rmSync(folder, { recursive: true, force: true }))
    writeFileSync(join(folder, 'app.py'), app)
    const lines = [
      'http-socket = s',
      'chmod-socket = 666',
      'wsgi-file = app.py',
      `py-executable = ${python}`,
      'uid = 65534',
      'gid = 65533',
      'add-gid = 4242',
      'pidfile = p',
      'logto = log',
      'exec-as-root = id -u > as-root',
    ]
    // The log and the pid file are root's; the folder is the user's, who writes there later.
    chownSync(folder, 65534, 65533)
    writeFileSync(join(folder, 'u.ini'), `[uwsgi]\n${lines.join('\n')}\n`)
    const run = (...argv: string[]) => {
      const child = spawn(process.execPath, [program('cli/run.ts'), ...argv], {
        cwd: folder,
        env: { PATH: process.env.PATH },
        stdio: 'ignore',
      })
      t.teardown(() => child.kill('SIGKILL'))
      return new Promise<number | null>((done) => child.on('close', done))
    }
    const ended = run('u.ini')
    const log = () => (existsSync(join(folder, 'log')) ? readFileSync(join(folder, 'log'), 'utf8') : '')
    const logged = async (pattern: RegExp) => {
      while (!pattern.test(log())) await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await logged(/info serving/)
    const seen = JSON.parse((await ask(join(folder, 's'), '/')).text)
    t.like(seen, { uid: 65534, gid: 65533 })
    t.true(seen.groups.includes(4242))
    t.is(readFileSync(join(folder, 'as-root'), 'utf8'), '0\n')
    t.is(statSync(join(folder, 'log')).uid, 65534)

    // The file is root's own by now: the code comes anew, the options stay, and the log says so.
    chownSync(join(folder, 'u.ini'), 0, 0)
    chmodSync(join(folder, 'u.ini'), 0o600)
    t.is(await run('--reload', 'p'), 0)
    await logged(/configuration not read again/)
    await logged(/reload complete/)
    t.is(await run('--pause', 'p'), 0)
    await logged(/paused: requests wait/)
    const waiting = ask(join(folder, 's'), '/')
    t.is(await run('--resume', 'p'), 0)
    t.is((await waiting).status, 200)
    t.is(await run('--stop', 'p'), 0)
    t.is(await ended, 0)
    t.false(existsSync(join(folder, 's')))
  },
)
