// The conformance cases while others ask too: their requests share lanes, frames and system calls with a crowd's.
// Speed must not bend a rule, neither for the case nor for those around it.

import { connect, type Socket } from 'node:net'
import test from 'ava'
import { nginxBinary } from '../helpers/nginx.ts'
import { runWay } from './run.ts'
import { startWays } from './servers.ts'

const hello = 'GET /c/hello HTTP/1.1\r\nHost: localhost\r\n\r\n'

/** So many kept connections, each asking for the next page as soon as it has one. */
class Crowd {
  answered = 0
  readonly wrong: string[] = []
  private readonly members = new Set<Socket>()
  private ended = false

  constructor(path: string, size: number) {
    for (let member = 0; member < size; member++) this.join(path)
  }

  private join(path: string): void {
    const socket = connect(path)
    this.members.add(socket)
    let heard = ''
    socket.setEncoding('latin1').on('data', (text: string) => {
      heard += text
      if (!heard.endsWith('hello')) return
      if (!heard.startsWith('HTTP/1.1 200 ')) this.wrong.push(heard.slice(0, 200))
      heard = ''
      this.answered += 1
      if (!this.ended) socket.write(hello)
    })
    socket.on('error', (error) => this.ended || this.wrong.push(error.message))
    // nginx closes a connection after so many requests, between two of them.
    socket.on('close', () => {
      this.members.delete(socket)
      if (this.ended) return
      if (heard !== '') this.wrong.push(`closed after ${heard.slice(0, 200)}`)
      this.join(path)
    })
    socket.write(hello)
  }

  end(): void {
    this.ended = true
    for (const member of this.members) member.destroy()
  }
}

const run = nginxBinary === undefined ? test.skip : test

run('every case passes behind nginx in a crowd, and nobody in the crowd notices', async (t) => {
  const server = await startWays({ module: 'app', chdir: import.meta.dirname }, ['fastcgi_pass'])
  const [way] = server.ways.filter(({ name }) => name === 'fastcgi_pass')
  if (way === undefined) throw new Error('no way')
  const crowd = new Crowd(way.address, 12)
  try {
    for (const verdict of await runWay(way, server.log))
      t.is(verdict.wrong, undefined, `${verdict.name}: ${verdict.wrong}`)
    t.deepEqual(crowd.wrong, [])
    t.true(crowd.answered > 500, `${crowd.answered} answers`)
  } finally {
    crowd.end()
    await server.stop()
  }
})
