// close() of a response is work behind the answer: the client does not wait for it, and neither do other requests.

import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { startTestGateway } from '../../helpers/gateway.ts'
import { ask } from '../../helpers/nginx.ts'

const app = `
import os, time
here = os.path.dirname(__file__)

class Closing(list):
    def __init__(self, name):
        super().__init__([b'answered'])
        self.name = name
    def close(self):
        open(os.path.join(here, self.name + '.closing'), 'w').close()
        time.sleep(0.01)
        while not os.path.exists(os.path.join(here, self.name + '.go')):
            time.sleep(0.002)

def application(environ, start_response):
    if environ['PATH_INFO'] == '/wait':
        open(os.path.join(here, 'waiting'), 'w').close()
        while not os.path.exists(os.path.join(here, 'wait.go')):
            time.sleep(0.002)
    start_response('200 OK', [('Content-Length', '8' if environ['QUERY_STRING'] else '4')])
    return Closing(environ['QUERY_STRING']) if environ['QUERY_STRING'] else [b'next']
`

const exists = async (path: string): Promise<void> => {
  while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 5))
}

test('requests do not wait behind a close() that is known to be slow', async (t) => {
  const site = await startTestGateway(t, { processes: 1, threads: 2 }, app)
  const go = (name: string) => writeFileSync(join(site.folder, `${name}.go`), '')
  for (const name of ['a', 'b']) go(name)
  // Each lane learns it.
  await Promise.all([ask(site.socket, '/?a'), ask(site.socket, '/?b')])
  for (let turn = 0; turn < 4; turn += 1)
    await Promise.all([ask(site.socket, '/?a'), ask(site.socket, '/?b')])
  t.is((await ask(site.socket, '/?stuck')).text, 'answered')
  await exists(join(site.folder, 'stuck.closing'))
  for (let turn = 0; turn < 10; turn += 1) t.is((await ask(site.socket, '/')).text, 'next')
  go('stuck')
})

test('close-timeout: a close() without end is logged with its request and stacks, and the worker is replaced', async (t) => {
  const site = await startTestGateway(t, { processes: 1, 'close-timeout': 1 }, app)
  writeFileSync(join(site.folder, 'a.go'), '')
  await ask(site.socket, '/?a')
  t.is((await ask(site.socket, '/?stuck')).text, 'answered')
  const stacks = await site.log.heard((one) => one.event === 'stacks')
  t.regex(stacks.text ?? '', /serving .*\/\?stuck.*, in close\(\) of the response/)
  const said = await site.log.heard((one) => one.event === 'close timeout')
  t.is(said.facts.request, 'GET /?stuck')
  await site.log.heard((one) => one.event === 'worker left' && one.facts.why === 'close-timeout')
  t.is((await ask(site.socket, '/')).text, 'next')
})

test('so does the very first one: the request that waits behind it is answered by the next worker', async (t) => {
  const site = await startTestGateway(t, { processes: 1, 'close-timeout': 1 }, app)
  t.is((await ask(site.socket, '/?stuck')).text, 'answered')
  await exists(join(site.folder, 'stuck.closing'))
  t.is((await ask(site.socket, '/')).text, 'next')
  await site.log.heard((one) => one.event === 'worker left' && one.facts.why === 'close-timeout')
})

test('close-timeout: a sibling that runs meanwhile gets its answer', async (t) => {
  const site = await startTestGateway(t, { processes: 1, threads: 2, 'close-timeout': 1 }, app)
  for (const name of ['a', 'b']) writeFileSync(join(site.folder, `${name}.go`), '')
  await Promise.all([ask(site.socket, '/?a'), ask(site.socket, '/?b')])
  t.is((await ask(site.socket, '/?stuck')).text, 'answered')
  const sibling = ask(site.socket, '/wait')
  await exists(join(site.folder, 'waiting'))
  await site.log.heard((one) => one.event === 'close timeout')
  await site.log.heard((one) => one.event === 'stacks')
  writeFileSync(join(site.folder, 'wait.go'), '')
  t.is((await sibling).text, 'next')
  await site.log.heard((one) => one.event === 'worker left' && one.facts.why === 'close-timeout')
  t.deepEqual(site.gateway.status().restarts, { 'close-timeout': 1 })
})

test('without close-timeout the limit is harakiri’s', async (t) => {
  const site = await startTestGateway(t, { processes: 1, harakiri: 1 }, app)
  t.is((await ask(site.socket, '/?stuck')).text, 'answered')
  t.is((await ask(site.socket, '/')).text, 'next')
  await site.log.heard((one) => one.event === 'worker left' && one.facts.why === 'close-timeout')
})
