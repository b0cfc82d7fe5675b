// What a TLS scanner would ask: versions, ciphers by name, key exchange, resumption, names, early data, HTTP/2, HSTS.
// Asked of a generated site by `openssl s_client` and curl.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { lintBuilt } from '../../cli/lint-built.ts'
import { buildSite } from '../../generate/build.ts'
import { nginxTest } from '../helpers/nginx.ts'
import { freePort } from '../helpers/port.ts'
import { buildTemp, serveApp, serveSite } from '../helpers/site.ts'
import { handshake, makeCertificate } from '../helpers/tls.ts'
import { host, ready, secured } from '../helpers/tls-site.ts'

const named = ['-servername', host]
const refused =
  /handshake failure|Cipher is \(NONE\)|alert protocol version|no protocols available|unsupported protocol/

const page = { routes: [{ path: '/', respond: { body: 'here' } }] }

const suites = {
  ec: ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
  rsa: ['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-RSA-CHACHA20-POLY1305'],
}
const suites13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']
const weak = [
  'AES128-SHA',
  'AES256-GCM-SHA384',
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-RSA-AES256-SHA384',
  'DHE-RSA-AES128-GCM-SHA256',
  'DES-CBC3-SHA',
  'NULL',
  'aNULL',
  'PSK',
]

for (const kind of ['ec', 'rsa'] as const) {
  test(`intermediate with ${kind}: exactly the guideline’s versions and ciphers`, async (t) => {
    if (!ready(t)) return
    const { port, tls } = await secured(kind)
    await serveSite(t, { serverNames: [host], tls, ...page })
    const with12 = (cipher: string) =>
      handshake(port, [...named, '-tls1_2', '-cipher', `${cipher}:@SECLEVEL=0`])
    for (const cipher of suites[kind]) t.regex(with12(cipher), new RegExp(`Cipher is ${cipher}\\b`), cipher)
    for (const cipher of weak)
      t.regex(
        with12(cipher),
        /handshake failure|no cipher match|no ciphers available|Cipher is \(NONE\)/,
        cipher,
      )
    for (const suite of suites13) {
      t.regex(
        handshake(port, [...named, '-tls1_3', '-ciphersuites', suite]),
        new RegExp(`TLSv1\\.3, Cipher is ${suite}`),
      )
    }
    for (const version of ['-tls1', '-tls1_1']) {
      t.regex(handshake(port, [...named, version, '-cipher', 'ALL:@SECLEVEL=0']), refused, version)
    }
  })
}

test('modern: TLS 1.3 and nothing older', async (t) => {
  if (!ready(t)) return
  const { port, tls } = await secured('ec', { profile: 'modern' })
  await serveSite(t, { serverNames: [host], tls, ...page })
  t.regex(handshake(port, [...named, '-tls1_3']), /TLSv1\.3, Cipher is TLS_/)
  for (const version of ['-tls1', '-tls1_1', '-tls1_2']) {
    t.regex(handshake(port, [...named, version, '-cipher', 'ALL:@SECLEVEL=0']), refused, version)
  }
})

test('key exchange, compression, renegotiation, stapling, resumption: nothing a scanner marks down', async (t) => {
  if (!ready(t)) return
  const { port, tls, folder } = await secured()
  await serveSite(t, { serverNames: [host], tls, ...page })
  const said = handshake(port, [...named, '-tls1_2', '-status'])
  t.regex(said, /Server Temp Key: X25519|Peer Temp Key: X25519/)
  t.regex(said, /Compression: NONE/)
  t.regex(said, /Secure Renegotiation IS supported/)
  t.regex(said, /OCSP response: no response sent/)
  for (const group of ['P-256', 'P-384'])
    t.regex(handshake(port, [...named, '-groups', group]), /Cipher is TLS_/)
  t.regex(handshake(port, [...named, '-tls1_3', '-groups', 'P-521']), refused)

  for (const version of ['-tls1_2', '-tls1_3']) {
    const session = join(folder, `session${version}`)
    const get = `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
    t.regex(handshake(port, [...named, version, '-ign_eof', '-sess_out', session], get), /here/)
    t.regex(handshake(port, [...named, version, '-ign_eof', '-sess_in', session], get), /^Reused, /m, version)
  }
})

test('names: other names and no name get an alert and no certificate, aliases and http lead to the site', async (t) => {
  if (!ready(t)) return
  const { port, tls, curl } = await secured()
  const { ask } = await serveSite(
    t,
    {
      serverNames: [host, '.other.example'],
      aliases: ['www.shop.example'],
      tls: { ...tls, acmeChallenges: '%FOLDER%/acme', hsts: { maxAge: '1d', includeSubDomains: true } },
      health: '/-/health',
      ...page,
    },
    { 'acme/.well-known/acme-challenge/token': 'proof' },
  )
  for (const unknown of [
    ['-servername', 'evil.example'],
    ['-noservername'],
    ['-servername', 'shop.example.evil'],
  ]) {
    const said = handshake(port, unknown)
    t.regex(said, /unrecognized name|alert number 112/, unknown.join(' '))
    t.notRegex(said, /BEGIN CERTIFICATE/)
  }
  const home = curl('-i', '--http2', `https://${host}:${port}/`)
  t.regex(home, /^HTTP\/2 200/)
  t.regex(home, /strict-transport-security: max-age=86400; includeSubDomains\r/i)
  t.regex(handshake(port, [...named, '-alpn', 'h2,http/1.1']), /ALPN protocol: h2/)
  t.regex(handshake(port, [...named, '-alpn', 'http/1.1']), /ALPN protocol: http\/1\.1/)
  const www = curl('-i', `https://www.shop.example:${port}/a?b=c`)
  t.regex(www, /^HTTP\/2 308/)
  t.regex(www, new RegExp(`location: https://shop\\.example:${port}/a\\?b=c\\r`, 'i'))
  t.regex(www, /strict-transport-security/i)
  // The name of the handshake and the name of the request are two things.
  const forged = handshake(
    port,
    [...named, '-ign_eof'],
    'GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
  )
  t.regex(forged, /HTTP\/1\.1 421/)
  t.notRegex(forged, /here/)

  const plain = async (name: string, path = '/a?b=c') => {
    const { status, headers } = await ask(path, { headers: { host: name } })
    return [status, headers.location, headers['strict-transport-security']]
  }
  t.deepEqual(await plain(host), [308, `https://shop.example:${port}/a?b=c`, undefined])
  t.deepEqual(await plain('x.other.example'), [308, `https://x.other.example:${port}/a?b=c`, undefined])
  t.deepEqual(await plain('www.shop.example'), [308, `https://shop.example:${port}/a?b=c`, undefined])
  await t.throwsAsync(plain('evil.example'), undefined, 'closed without an answer')
  t.deepEqual((await plain('10.0.0.7', '/-/health'))[0], 200, 'load balancers ask by address')
  for (const name of [host, 'www.shop.example', 'not-yet.example']) {
    const { text } = await ask('/.well-known/acme-challenge/token', { headers: { host: name } })
    t.is(text, 'proof', name)
  }
})

test('an RSA and an ECDSA certificate: each client gets the one it understands', async (t) => {
  if (!ready(t)) return
  const { port, tls, folder } = await secured('ec')
  makeCertificate(folder, 'rsa', [host], 'rsa')
  const rsa = { certificate: join(folder, 'rsa.pem'), key: join(folder, 'rsa-key.pem') }
  const { built } = await serveSite(t, {
    serverNames: [host],
    tls: { ...tls, moreCertificates: [rsa] },
    ...page,
  })
  t.deepEqual(built.notes, [])
  const with12 = (kind: 'ec' | 'rsa') =>
    handshake(port, [...named, '-tls1_2', '-cipher', suites[kind].join(':')])
  t.regex(with12('ec'), /Cipher is ECDHE-ECDSA-/)
  t.regex(with12('rsa'), /Cipher is ECDHE-RSA-/)
  const with13 = (algorithms: string) => handshake(port, [...named, '-tls1_3', '-sigalgs', algorithms])
  t.regex(with13('ecdsa_secp256r1_sha256'), /Peer signature type: ecdsa/i)
  t.regex(with13('rsa_pss_rsae_sha256'), /Peer signature type: RSA-PSS/i)
  const missing = await buildTemp(t, {
    tls: { ...tls, moreCertificates: [{ acme: 'shop.example-rsa' }] },
    ...page,
  })
  t.regex(missing.built.notes.join(), /live\/shop\.example-rsa\/fullchain\.pem is not there/)
})

test('early data: a GET is answered and the application knows; a POST is to be said again', async (t) => {
  if (!ready(t)) return
  const { port, tls, folder } = await secured('ec', { earlyData: true, http2: false })
  await serveApp(t, { serverNames: [host], tls })
  const session = join(folder, 'session')
  const get = `GET /early HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
  const post = `POST /early HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx`
  const first = handshake(port, [...named, '-tls1_3', '-ign_eof', '-sess_out', session], get)
  t.notRegex(first, /HTTP_EARLY_DATA/)
  const early = (request: string) => {
    writeFileSync(join(folder, 'early'), request)
    handshake(port, [...named, '-tls1_3', '-ign_eof', '-sess_out', session], get)
    return handshake(port, [
      ...named,
      '-tls1_3',
      '-ign_eof',
      '-sess_in',
      session,
      '-early_data',
      join(folder, 'early'),
    ])
  }
  // Data whose handshake is over by the time nginx looks can no longer be somebody's copy: that is not early any more.
  const until = (request: string, seen: RegExp): string => {
    for (let tries = 0; tries < 50; tries++) {
      const said = early(request)
      if (seen.test(said)) return said
      t.regex(said, /HTTP\/1\.1 200/)
      t.notRegex(said, /HTTP_EARLY_DATA/)
    }
    return ''
  }
  t.regex(until(get, /HTTP_EARLY_DATA/), /Early data was accepted.*"HTTP_EARLY_DATA": "1"/s)
  const unsafe = until(post, /HTTP\/1\.1 425/)
  t.regex(unsafe, /Early data was accepted.*HTTP\/1\.1 425/s)
  t.notRegex(unsafe, /"environ"/)
})

test('before the first certificate nginx starts, answers its authority and says nothing else', async (t) => {
  if (!ready(t)) return
  const port = await freePort()
  const { ask, folder, built } = await serveSite(
    t,
    {
      serverNames: [host, '.wild.example'],
      aliases: ['www.shop.example'],
      tls: { acme: host, acmeFolder: 'live', acmeChallenges: 'acme', listen: [`127.0.0.1:${port}`] },
      health: '/-/health',
      ...page,
      rateLimits: { login: { rate: '10r/m' } },
      all: { limitRequests: 'login' },
    },
    { 'acme/.well-known/acme-challenge/token': 'proof' },
  )
  const said = built.notes.join('\n')
  t.regex(said, /live\/shop\.example\/fullchain\.pem is not there yet/)
  t.true(said.includes(`certbot certonly --webroot -w ${folder}/acme -d shop.example -d www.shop.example,`))
  t.regex(said, /port 80/)
  t.is((await lintBuilt(built.out, undefined)).text, '')
  for (const name of [host, 'www.shop.example']) {
    t.is((await ask('/.well-known/acme-challenge/token', { headers: { host: name } })).text, 'proof')
  }
  t.is((await ask('/', { headers: { host } })).status, 503)
  t.is((await ask('/-/health', { headers: { host } })).status, 200)

  mkdirSync(join(folder, 'live', host), { recursive: true })
  makeCertificate(join(folder, 'live', host), 'fullchain', [host])
  renameSync(join(folder, 'live', host, 'fullchain-key.pem'), join(folder, 'live', host, 'privkey.pem'))
  const { notes } = await buildSite({ config: join(folder, 'postern.config.json') })
  t.notRegex(notes.join('\n'), /not there/)
  t.is(nginxTest(folder, join(built.out, 'nginx.conf')), undefined)
  t.regex(readFileSync(join(built.out, 'nginx.conf'), 'utf8'), /ssl_certificate \S+fullchain\.pem;/)
})
