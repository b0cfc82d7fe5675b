// Certificates for a test, and `openssl s_client` as a client that can be told what to offer.

import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'

const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' })

export const hasOpenssl = (): boolean => spawnSync('openssl', ['version']).status === 0

const newKey = {
  ec: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
  rsa: ['-newkey', 'rsa:2048'],
}

/** `name`.pem and `name`-key.pem in `folder`: signed by itself, for these names. */
export function makeCertificate(
  folder: string,
  name: string,
  hosts: string[],
  kind: 'ec' | 'rsa' = 'ec',
  days = 2,
): void {
  openssl(
    ...['req', '-x509', ...newKey[kind], '-nodes', '-days', String(days), '-subj', `/CN=${hosts[0]}`],
    ...['-addext', `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(',')}`],
    ...['-keyout', join(folder, `${name}-key.pem`), '-out', join(folder, `${name}.pem`)],
  )
}

/** A certificate for a client, signed by the one called `ca`. */
export function signClient(folder: string, ca: string, name: string): void {
  const at = (file: string) => join(folder, file)
  openssl(
    ...['req', ...newKey.ec, '-nodes', '-subj', `/O=Shop/CN=${name}`],
    ...['-keyout', at(`${name}-key.pem`), '-out', at(`${name}.csr`)],
  )
  openssl(
    ...['x509', '-req', '-in', at(`${name}.csr`), '-CA', at(`${ca}.pem`), '-CAkey', at(`${ca}-key.pem`)],
    ...['-set_serial', '7', '-days', '2', '-out', at(`${name}.pem`)],
  )
}

/** Everything s_client says of one handshake; `input` is sent when it has succeeded. */
export function handshake(port: number, args: string[], input = ''): string {
  const { stdout, stderr } = spawnSync('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...args], {
    input,
    encoding: 'utf8',
    timeout: 10_000,
  })
  return stdout + stderr
}

export const curlVia = (port: number, ca: string, hosts: string[]) => {
  const resolves = hosts.flatMap((host) => ['--resolve', `${host}:${port}:127.0.0.1`])
  return (...args: string[]): string =>
    execFileSync('curl', ['-sS', '-m', '10', '--cacert', ca, ...resolves, ...args], {
      encoding: 'utf8',
      stdio: 'pipe',
    })
}
