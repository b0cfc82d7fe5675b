// postern top in a terminal: a screen that is drawn anew, q ends it.

import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import test from 'ava'
import { startTestGateway } from '../helpers/gateway.ts'
import { ask } from '../helpers/nginx.ts'
import { program } from '../helpers/program.ts'
import { tied } from '../helpers/tied.ts'

const root = join(import.meta.dirname, '../..')

test('postern top redraws requests per second, queue and workers, and ends at q', async (t) => {
  if (spawnSync('script', ['--version']).status !== 0) {
    t.log('skipped: there is no script(1) to make a terminal')
    t.pass()
    return
  }
  const site = await startTestGateway(t, { processes: 2 })
  await ask(site.socket, '/?1')
  const held = ask(site.socket, '/wait?held')
  const command = `${process.execPath} ${program('cli/run.ts')} top --delay 0.1 -c ${site.folder}/r`
  const [file, ...args] = tied(['script', '-qefc', command, '/dev/null']) as [string, ...string[]]
  const child = spawn(file, args, { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] })
  let text = ''
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk
      if (text.split('\u001b[H').length > 3) resolve()
    })
  })
  child.stdin.write('q')
  const code = await new Promise((resolve) => child.once('exit', resolve))
  t.is(code, 0)
  const screen = text.split('\u001b[H')[2] as string
  t.regex(screen, /requests\/s .*refused\/s .*queue 0, oldest/)
  t.regex(screen, /worker +pid +state +age +requests +avg +rss +busy +running/)
  t.regex(screen, /ready .* 1\/1 +GET \/wait\?held \d+ ms/)
  t.regex(screen, /ready .* 0\/1/)
  site.go()
  await held
})
