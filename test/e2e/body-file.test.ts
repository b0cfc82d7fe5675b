// Large uploads that nginx has on disk: the application reads the file itself, the gateway sees none of it.

import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { startChild } from '../../cli/up/child.ts'
import { untilReady } from '../../cli/up/ready.ts'
import { ask, nginxOrSkip, startNginx, tempFolder } from '../helpers/nginx.ts'
import { repository } from '../helpers/up.ts'

const APP = `
import hashlib

def application(environ, start_response):
    data = environ['wsgi.input']
    try:
        first = data.readline(100) if environ['PATH_INFO'] != '/forged' else b''
        body = first + data.read()
        answer = '%d %s %s' % (len(body), hashlib.sha256(body).hexdigest(), 'POSTERN_BODY_FILE' in environ)
    except OSError as error:
        answer = str(error)
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [answer.encode()]
`

/** nginx sends every body as a file, and the parameter is the client's to choose on /forged. */
const SERVER = `
  client_max_body_size 0;
  location / {
    client_body_in_file_only clean; fastcgi_pass_request_body off; include params;
    fastcgi_param POSTERN_BODY_FILE $request_body_file; fastcgi_pass unix:%PREFIX%/gateway.sock;
  }
  location /forged {
    fastcgi_pass_request_body off; include params;
    fastcgi_param POSTERN_BODY_FILE $http_x_path; fastcgi_pass unix:%PREFIX%/gateway.sock;
  }
  location /plain { include params; fastcgi_param POSTERN_BODY_FILE ""; fastcgi_pass unix:%PREFIX%/gateway.sock; }
`
const PARAMS = `fastcgi_param REQUEST_METHOD $request_method; fastcgi_param REQUEST_URI $request_uri;
fastcgi_param CONTENT_LENGTH $content_length; fastcgi_param SERVER_PROTOCOL $server_protocol;`

test('a body in a file of nginx arrives whole; no other file is opened, whoever asks', async (t) => {
  if (!nginxOrSkip(t)) return
  const prefix = tempFolder('body-file')
  writeFileSync(join(prefix, 'app.py'), APP)
  writeFileSync(join(prefix, 'secret'), 'not for the client')
  const socket = join(prefix, 'gateway.sock')
  const options = {
    socket: [socket],
    module: 'app',
    chdir: prefix,
    'run-dir': prefix,
    python: process.env.POSTERN_PYTHON ?? '/usr/bin/python3',
    'chmod-socket': '666',
    'body-files': join(prefix, 'temp/body'),
  }
  writeFileSync(join(prefix, 'gateway.json'), JSON.stringify(options))
  const script = join(repository, 'dist/gateway.mjs')
  const gateway = startChild(process.execPath, [script, 'gateway.json'], { cwd: prefix, onLine: () => {} })
  const nginx = await startNginx({ prefix, server: SERVER, files: { params: PARAMS } })
  try {
    t.true(await untilReady(socket, () => !gateway.running()), gateway.lastWords())
    const body = randomBytes(3_000_000)
    const sum = createHash('sha256').update(body).digest('hex')
    for (const path of ['/', '/plain']) {
      const reply = await ask(nginx.front, path, { method: 'POST', body })
      t.is(reply.text, `${body.length} ${sum} False`, path)
    }
    t.regex((await ask(nginx.front, '/')).text, /^0 /, 'no body, no file')
    for (const path of [join(prefix, 'secret'), `${prefix}/temp/body/../../secret`, '/etc/hostname']) {
      const reply = await ask(nginx.front, '/forged', {
        method: 'POST',
        body: 'x'.repeat(18),
        headers: { 'x-path': path },
      })
      t.regex(reply.text, /not in the folder of body-files/, path)
    }
    const gone = { method: 'POST', body: 'x', headers: { 'x-path': join(prefix, 'temp/body/elsewhere') } }
    t.regex((await ask(nginx.front, '/forged', gone)).text, /elsewhere: No such file.*uploads: 'buffer'/)
    writeFileSync(join(prefix, 'temp/body/short'), 'short')
    const headers = { 'x-path': join(prefix, 'temp/body/short') }
    const short = await ask(nginx.front, '/forged', { method: 'POST', body: 'x'.repeat(18), headers })
    t.regex(short.text, /13 bytes too early/)
    const relative = { method: 'POST', body: 'x'.repeat(5), headers: { 'x-path': './elsewhere/short' } }
    t.regex((await ask(nginx.front, '/forged', relative)).text, /^5 /, 'of a relative path the name counts')
  } finally {
    gateway.kill('SIGTERM')
    await gateway.ended
    await nginx.stop()
  }
})
