// HTTP/3 as browsers find it: Chromium speaks QUIC to a generated site, by every nginx at hand that can.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import test from 'ava'
import { printVersion } from '../../generate/target.ts'
import { overQuic, withPage } from '../helpers/browser.ts'
import { tempFolder } from '../helpers/nginx.ts'
import { everyNginx } from '../helpers/other-nginx.ts'
import { freePort } from '../helpers/port.ts'
import { serveApp } from '../helpers/site.ts'
import { handshake, makeCertificate } from '../helpers/tls.ts'

const able = everyNginx().filter(({ built }) => built.includes('http_v3_module'))

/** The hash of a certificate's public key, as browsers pin it. */
const keyHash = (certificate: string): string =>
  execFileSync(
    '/bin/sh',
    [
      '-c',
      'openssl x509 -in "$1" -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64',
      'sh',
      certificate,
    ],
    { encoding: 'utf8' },
  ).trim()

for (const { binary, version } of able) {
  test(`nginx ${printVersion(version)} speaks HTTP/3 with a browser, and says so to others`, async (t) => {
    const folder = tempFolder('quic')
    makeCertificate(folder, 'cert', ['shop.example'])
    const port = await freePort()
    await serveApp(
      t,
      {
        serverNames: ['shop.example'],
        nginx: { binary },
        tls: {
          certificate: join(folder, 'cert.pem'),
          key: join(folder, 'cert-key.pem'),
          listen: [`127.0.0.1:${port}`],
          http3: true,
        },
      },
      {},
      binary,
    )
    const get = 'GET / HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n'
    const named = ['-servername', 'shop.example', '-ign_eof']
    t.regex(handshake(port, named, get), new RegExp(`Alt-Svc: h3=":${port}"; ma=86400`))
    const args = overQuic(`shop.example:${port}`, keyHash(join(folder, 'cert.pem')))
    await withPage(
      t,
      {},
      async (page) => {
        const reply = await page.goto(`https://shop.example:${port}/quic`)
        const { environ } = JSON.parse((await reply?.text()) ?? '{}')
        t.like(environ, {
          SERVER_PROTOCOL: 'HTTP/3.0',
          HTTPS: 'on',
          PATH_INFO: '/quic',
          HTTP_HOST: `shop.example:${port}`,
        })
        const protocol = await page.evaluate('performance.getEntriesByType("navigation")[0].nextHopProtocol')
        t.is(protocol, 'h3')
      },
      args,
    )
  })
}

if (able.length === 0) test.skip('HTTP/3: no nginx here can; scripts/engines.ts unpacks some', () => {})
