// Certificates of clients: whose it is reaches the application, and who has none stays outside where one is asked for.
import { join } from 'node:path'
import test from 'ava'
import { environOf, serveApp } from '../helpers/site.ts'
import { makeCertificate, signClient } from '../helpers/tls.ts'
import { host, ready, secured } from '../helpers/tls-site.ts'

/** Anna has a certificate of the site's authority, Eve one of another's. */
async function withClients() {
  const site = await secured()
  const { folder } = site
  makeCertificate(folder, 'ca', ['Shop CA'])
  makeCertificate(folder, 'strangers', ['Strangers CA'])
  signClient(folder, 'ca', 'anna')
  signClient(folder, 'strangers', 'eve')
  const as = (who: string) => ['--cert', join(folder, `${who}.pem`), '--key', join(folder, `${who}-key.pem`)]
  return { ...site, tls: { ...site.tls, clientCa: join(folder, 'ca.pem') }, as }
}

test('certificates of clients: whose it is reaches the application, without one nobody comes in', async (t) => {
  if (!ready(t)) return
  const { port, tls, curl, as } = await withClients()
  await serveApp(t, { serverNames: [host], tls: { ...tls } })
  const environ = environOf({ text: curl(...as('anna'), `https://${host}:${port}/`) })
  t.like(environ, {
    HTTPS: 'on',
    HTTP_X_FORWARDED_PROTO: 'https',
    SSL_CLIENT_VERIFY: 'SUCCESS',
    SSL_CLIENT_S_DN: 'CN=anna,O=Shop',
    SSL_CLIENT_I_DN: 'CN=Shop CA',
    SSL_CLIENT_M_SERIAL: '07',
  })
  t.regex(curl('-i', `https://${host}:${port}/`), /^HTTP\/2 400/)
  t.regex(curl('-i', ...as('eve'), `https://${host}:${port}/`), /^HTTP\/2 400/)
})

test('certificates of clients may be optional: routes that ask for one refuse everyone else', async (t) => {
  if (!ready(t)) return
  const { port, tls, curl, as } = await withClients()
  await serveApp(t, {
    serverNames: [host],
    tls: { ...tls, clientCertificates: 'optional' },
    routes: [
      { name: 'admin', path: '/admin/', clientCertificate: true },
      { name: 'text', path: '/text', clientCertificate: true, respond: { body: 'inside' } },
      { name: 'away', query: { away: '1' }, clientCertificate: true, redirect: '/there' },
    ],
  })
  const at = (path: string) => `https://${host}:${port}${path}`
  const nobody = environOf({ text: curl(at('/')) })
  t.is(nobody.SSL_CLIENT_VERIFY, 'NONE')
  t.is(nobody.SSL_CLIENT_S_DN, undefined)
  t.like(environOf({ text: curl(...as('anna'), at('/admin/x')) }), {
    SSL_CLIENT_VERIFY: 'SUCCESS',
    SSL_CLIENT_S_DN: 'CN=anna,O=Shop',
  })
  t.is(curl(...as('anna'), at('/text')), 'inside')
  t.regex(curl('-i', ...as('anna'), at('/?away=1')), /location: \/there\r/i)
  for (const path of ['/admin/x', '/text', '/?away=1']) t.regex(curl('-i', at(path)), /^HTTP\/2 403/, path)
  t.regex(curl('-i', ...as('eve'), at('/')), /^HTTP\/2 400/)
  await t.throwsAsync(serveApp(t, { routes: [{ path: '/', clientCertificate: true }] }), {
    message: /tls\.clientCa/,
  })
})
