// The gateway as process 1, in a PID namespace of its own.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { spawnGateway } from '../helpers/gateway-process.ts'
import { ask } from '../helpers/nginx.ts'

/** /orphan leaves a process whose parent is gone; /zombies counts the zombies of the namespace. */
const app = `
import os
def application(environ, start_response):
    path = environ['PATH_INFO']
    body = b'ok'
    if path == '/orphan':
        if os.fork() == 0:
            if os.fork() == 0: os._exit(0)
            os._exit(0)
        os.wait()
    if path == '/zombies':
        states = []
        for name in os.listdir('/proc'):
            if name.isdigit():
                try: states.append(open('/proc/%s/stat' % name).read().rpartition(')')[2].split()[0])
                except OSError: pass
        body = b'%d of %d' % (states.count('Z'), len(states))
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [body]
`

test('as process 1 it reaps what is left to it, and SIGTERM ends it with 0', async (t) => {
  const namespace = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child']
  if (spawnSync(namespace[0] as string, [...namespace.slice(1), 'true']).status !== 0) {
    t.log('skipped: PID namespaces are not permitted here')
    t.pass()
    return
  }
  const gateway = await spawnGateway(
    t,
    { processes: 1 },
    { app, wrap: (command) => [...namespace, ...command] },
  )
  await gateway.heard(/info serving/)
  for (let n = 0; n < 20; n++) await ask(gateway.socket, '/orphan')
  const zombies = async () => (await ask(gateway.socket, '/zombies')).text
  while (!(await zombies()).startsWith('0 of ')) await new Promise((resolve) => setTimeout(resolve, 20))
  const children = readFileSync(`/proc/${gateway.child.pid}/task/${gateway.child.pid}/children`, 'latin1')
  process.kill(Number(children), 'SIGTERM')
  t.is((await gateway.exit).code, 0)
  t.regex(gateway.log(), /stopped code=0/)
})

test('init passes signals on and ends as its command ends', (t) => {
  const init = join(import.meta.dirname, '../../gateway/python/postern_worker/init.py')
  const run = (script: string) => spawnSync('/usr/bin/python3', [init, '/bin/sh', '-c', script]).status
  t.is(run('exit 7'), 7)
  t.is(run('kill -9 $$'), 137)
  t.is(run(`trap 'exit 5' USR1; kill -USR1 $PPID; while :; do sleep 0.01; done`), 5)
})
