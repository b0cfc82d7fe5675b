// HTTP/3 as browsers find it: Chromium speaks QUIC to a generated site, by every nginx at hand that can.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { printVersion } from '../../generate/target.ts'
import { overQuic, withPage } from '../helpers/browser.ts'
import { runNginx, tempFolder } from '../helpers/nginx.ts'
import { everyNginx } from '../helpers/other-nginx.ts'
import { freePort } from '../helpers/port.ts'
import { buildTemp, serveApp } from '../helpers/site.ts'
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

for (const { binary, version } of able) {
  test(`nginx ${printVersion(version)} has two sites with HTTP/3 at one address, in either order`, async (t) => {
    const port = await freePort()
    const place = tempFolder('quics')
    const site = async (name: string, http3: true | 'shared') => {
      makeCertificate(place, name, [`${name}.example`])
      const made = await buildTemp(t, {
        name,
        serverNames: [`${name}.example`],
        nginx: { binary },
        tls: {
          certificate: join(place, `${name}.pem`),
          key: join(place, `${name}-key.pem`),
          listen: [`127.0.0.1:${port}`],
          http3,
        },
        routes: [{ path: '/', respond: { body: `this is ${name}` } }],
      })
      return made.built.out
    }
    const owner = await site('owner', true)
    const guest = await site('guest', 'shared')
    const confOf = (outs: string[], names: string[]): string => {
      const etc = join(place, names.join('-'))
      mkdirSync(etc)
      for (const out of outs) execFileSync('cp', ['-rsf', `${out}/debian/.`, etc])
      const path = join(etc, 'nginx.conf')
      const sites = names.map((name) => `include sites-available/${name}.conf;`).join(' ')
      writeFileSync(
        path,
        `${process.getuid?.() === 0 ? 'user www-data;' : ''} pid ${etc}/pid; error_log ${etc}/log; worker_processes 2; daemon off;
events {}
http {
  access_log off; client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
  include conf.d/*.conf; ${sites}
}
`,
      )
      return path
    }
    const checked = (conf: string) =>
      spawnSync(binary, ['-t', '-q', '-e', 'stderr', '-p', place, '-c', conf], { encoding: 'utf8' }).stderr
    t.is(checked(confOf([owner, guest], ['owner', 'guest'])), '')
    const conf = confOf([guest, owner], ['guest', 'owner'])
    t.is(checked(conf), '')
    t.is(checked(join(guest, 'nginx.conf')), '')
    t.regex(readFileSync(join(guest, 'nginx.conf'), 'utf8'), / quic reuseport /)

    const nginx = await runNginx(place, conf, join(guest, '../front.sock'), join(place, 'log'), [], binary)
    t.teardown(() => nginx.stop())
    const names = ['owner', 'guest']
    const keys = names.map((name) => keyHash(join(place, `${name}.pem`))).join(',')
    const args = overQuic(names.map((name) => `${name}.example:${port}`).join(','), keys)
    await withPage(
      t,
      {},
      async (page) => {
        for (const name of names) {
          const reply = await page.goto(`https://${name}.example:${port}/`)
          t.is(await reply?.text(), `this is ${name}`)
          const protocol = await page.evaluate(
            'performance.getEntriesByType("navigation")[0].nextHopProtocol',
          )
          t.is(protocol, 'h3', name)
        }
      },
      args,
    )
  })
}

if (able.length === 0) test.skip('HTTP/3: no nginx here can; scripts/engines.ts unpacks some', () => {})
