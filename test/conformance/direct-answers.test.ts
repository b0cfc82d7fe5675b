// The conformance cases where workers answer on nginx's kept connections themselves: the same applications, the same answers.

import test from 'ava'
import { nginxBinary } from '../helpers/nginx.ts'
import { send } from './client.ts'
import { runWay } from './run.ts'
import { keptWay, startWays } from './servers.ts'

const run = nginxBinary === undefined ? test.skip : test

run('every case passes on connections that workers answer on themselves', async (t) => {
  const options = { module: 'app', chdir: import.meta.dirname, 'disable-logging': true }
  const server = await startWays(options, [keptWay])
  try {
    const way = server.ways.find(({ name }) => name === keptWay)
    if (way === undefined || server.status === undefined) throw new Error('no way')
    const direct = (): number => server.status?.().requests.directAnswers ?? 0
    for (let turn = 0; direct() === 0; turn++) {
      if (turn > 100) throw new Error('no worker answers by itself')
      await send(way.address, { path: '/c/hello' })
    }
    const verdicts = await runWay(way, server.log)
    for (const verdict of verdicts) t.is(verdict.wrong, undefined, `${verdict.name}: ${verdict.wrong}`)
    const ran = verdicts.filter(({ skipped }) => !skipped).length
    t.true(direct() > ran / 2, `${direct()} direct answers in ${ran} cases`)
  } finally {
    await server.stop()
  }
})
