// A site with https on a port of its own, and what asks it.

import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { nginxOrSkip, tempFolder } from './nginx.ts'
import { freePort } from './port.ts'
import { curlVia, hasOpenssl, makeCertificate } from './tls.ts'

export const host = 'shop.example'

export const ready = (t: ExecutionContext): boolean => {
  if (!nginxOrSkip(t)) return false
  if (hasOpenssl()) return true
  t.pass('openssl is not installed')
  return false
}

/** Site file keys for https on a port of its own, with certificates in a folder of their own. */
export async function secured(kind: 'ec' | 'rsa' = 'ec', more: object = {}) {
  const folder = tempFolder('tls')
  makeCertificate(folder, 'cert', [host, 'www.shop.example'], kind)
  const port = await freePort()
  const files = { certificate: join(folder, 'cert.pem'), key: join(folder, 'cert-key.pem') }
  const tls = { ...files, listen: [`127.0.0.1:${port}`], ...more }
  return { folder, port, curl: curlVia(port, files.certificate, [host, 'www.shop.example']), tls }
}
