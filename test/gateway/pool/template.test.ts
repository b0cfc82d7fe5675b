// A template process as the gateway hears it.

import { spawn, spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { readOptions } from '../../../gateway/index.ts'
import { Template } from '../../../gateway/pool/template.ts'
import { python } from '../../helpers/gateway.ts'
import { tempFolder } from '../../helpers/nginx.ts'

/** Returns when the process has ended and is not yet waited for; this process sees and hears nothing meanwhile. */
const untilEnded = (pid: number | undefined) =>
  spawnSync('sh', ['-c', `until grep -q '^State:.Z' /proc/${pid}/status; do sleep 0.01; done`])

const apps = {
  unsafe: 'import socket\nkept = socket.socketpair()\napplication = print\n',
  failed: 'raise RuntimeError("on purpose")\n',
}

for (const [word, app] of Object.entries(apps)) {
  test(`${word}: the last words of a template are heard before its end, even when another process ends just then`, async (t) => {
    if (!existsSync('/proc/self/status')) return t.pass()
    const folder = tempFolder('template')
    t.teardown(() => rmSync(folder, { recursive: true, force: true }))
    writeFileSync(join(folder, 'app.py'), app)
    const options = readOptions({
      'wsgi-file': join(folder, 'app.py'),
      'run-dir': folder,
      socket: [join(folder, 's')],
      python,
    })
    const boot = { options, lanes: '', token: '', generation: 1, started: '', preload: true }

    const other = spawn('echo', ['gone'], { stdio: ['ignore', 'pipe', 'ignore'] })
    untilEnded(other.pid)
    const heard = await new Promise<string[]>((resolve) => {
      const said: string[] = []
      const note = (what: string) => () => void said.push(what)
      const gone = () => resolve([...said, 'gone'])
      const handler = { forked() {}, exited() {}, output() {} }
      const notes = { loaded: note('loaded'), failed: note('failed'), unsafe: note('unsafe'), gone }
      // One look of the event loop finds this line and the end of its writer; that end is handled after all lines.
      other.stdout.once('data', () => untilEnded(new Template(boot, { ...handler, ...notes }).process.pid))
    })
    t.deepEqual(heard, [word, 'gone'])
  })
}
