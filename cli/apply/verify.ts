// One request to the site, as a visitor would ask: the proof that a change serves.

import { request as http, type RequestOptions } from 'node:http'
import { request as https } from 'node:https'

export type Probe = { address: string; host: string; path: string; secure: boolean }

/** undefined when the site answers with anything but 5xx, else what came instead. */
export function verify(
  { address, host, path, secure }: Probe,
  limitMs = 10_000,
): Promise<string | undefined> {
  return new Promise((done) => {
    const options: RequestOptions = {
      ...targetOf(address),
      path,
      headers: { host },
      agent: false,
      timeout: limitMs,
    }
    // The certificate is the operator's affair; whether the site answers is ours.
    const asked = secure
      ? https({ ...options, servername: host.replace(/:\d+$/, ''), rejectUnauthorized: false })
      : http(options)
    asked.once('response', (response) => {
      response.resume()
      const status = response.statusCode ?? 0
      done(status >= 500 ? `GET ${path} is answered ${status}` : undefined)
    })
    asked.once('timeout', () => asked.destroy(new Error(`no answer within ${limitMs / 1000} s`)))
    asked.once('error', (error) => done(`GET ${path} fails: ${error.message}`))
    asked.end()
  })
}

function targetOf(address: string): RequestOptions {
  if (address.startsWith('unix:')) return { socketPath: address.slice(5) }
  const found = /^(?:(.*):)?(\d+)$/.exec(address)
  const host = found?.[1]?.replace(/^\[|\]$/g, '')
  const any = host === undefined || host === '*' || host === '0.0.0.0'
  return { host: any ? '127.0.0.1' : host === '::' ? '::1' : host, port: Number(found?.[2] ?? 80) }
}
