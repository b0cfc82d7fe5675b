// What only the machine can answer: are the files, folders, sockets and certificates there, and may nginx use them?
// Looks, and connects to sockets; changes nothing.

import { X509Certificate } from 'node:crypto'
import { readFileSync, type Stats, statSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { type Account, closedFolder, may } from '../../generate/reach.ts'
import type { Model } from '../../lint/model/model.ts'
import type { Statement } from '../../lint/model/statement.ts'

export type Health = { state: 'good' | 'bad' | 'doubt'; what: string; remedy?: string }

const CONNECT_LIMIT_MS = 2000
const SOON_DAYS = 14
const DAY_MS = 86_400_000

function look(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

export function folderHealth(at: Statement, account: Account | undefined): Health | undefined {
  const path = at.arg
  if (!path.startsWith('/') || path.includes('$')) return undefined
  const stat = look(path)
  const place = `${at.node?.file}:${at.node?.name.span.start.line}`
  if (stat === undefined)
    return {
      state: 'bad',
      what: `${place}: ${path} is not there`,
      remedy: /static/.test(path)
        ? 'python manage.py collectstatic'
        : `make it, or name the right folder in ${at.name}`,
    }
  if (account === undefined) return undefined
  const closed = closedFolder(dirname(path), account)
  if (closed !== undefined)
    return {
      state: 'bad',
      what: `${place}: ${account.name} may not enter ${closed}, on the way to ${path}`,
      remedy: `chmod o+x ${closed}; or keep public files elsewhere, as /srv`,
    }
  if (!may(account, stat, 4))
    return {
      state: 'bad',
      what: `${place}: ${account.name} may not read ${path}`,
      remedy: `chmod o+rX ${path}`,
    }
  return { state: 'good', what: `${account.name} can read ${path}` }
}

export async function socketHealth(path: string, account: Account | undefined): Promise<Health> {
  const stat = look(path)
  if (stat === undefined)
    return {
      state: 'bad',
      what: `the socket ${path} is not there`,
      remedy: 'start the application server (postern up, or its service); is it the same path in both?',
    }
  if (!stat.isSocket())
    return {
      state: 'bad',
      what: `${path} is not a socket`,
      remedy: 'remove it, and start the application server again',
    }
  if (account !== undefined) {
    const closed = closedFolder(dirname(path), account)
    if (closed !== undefined)
      return {
        state: 'bad',
        what: `${account.name} may not enter ${closed}, on the way to ${path}`,
        remedy: `chmod o+x ${closed}; or put the socket under /run`,
      }
    if (!may(account, stat, 2))
      return {
        state: 'bad',
        what: `${account.name} may not write to ${path} (mode ${(stat.mode & 0o777).toString(8)})`,
        remedy: `chmod-socket = 660 and chown-socket = :${account.name} in the server’s options`,
      }
  }
  const error = await tryConnect(path)
  if (error !== undefined)
    return {
      state: 'bad',
      what: `nobody answers on ${path} (${error})`,
      remedy: 'the file is left over: start the application server',
    }
  return { state: 'good', what: `${path} answers` }
}

function tryConnect(path: string): Promise<string | undefined> {
  return new Promise((done) => {
    const socket = connect({ path })
    const finish = (result: string | undefined): void => {
      socket.destroy()
      done(result)
    }
    socket.setTimeout(CONNECT_LIMIT_MS, () => finish('no answer'))
    socket.once('connect', () => finish(undefined))
    socket.once('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message))
  })
}

export function certificateHealth(at: Statement, names: string[], now = Date.now()): Health | undefined {
  const path = at.arg
  if (!path.startsWith('/') || path.includes('$')) return undefined
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(readFileSync(path))
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EACCES')
      return {
        state: 'doubt',
        what: `${path} cannot be read by this user`,
        remedy: 'run postern doctor as root to look into certificates',
      }
    return {
      state: 'bad',
      what: code === 'ENOENT' ? `the certificate ${path} is not there` : `${path} is not a certificate`,
      remedy: 'certbot certonly, or name the right file',
    }
  }
  const days = Math.floor((Date.parse(certificate.validTo) - now) / DAY_MS)
  if (days < 0) return { state: 'bad', what: `${path} ended ${-days} days ago`, remedy: 'certbot renew' }
  const missing = names.filter(
    (name) => /^[a-z0-9.-]+$/.test(name) && name.includes('.') && certificate.checkHost(name) === undefined,
  )
  if (missing.length > 0)
    return {
      state: 'bad',
      what: `${path} does not hold ${missing.join(', ')}`,
      remedy: 'issue it for all names of the server',
    }
  if (days < SOON_DAYS)
    return {
      state: 'doubt',
      what: `${path} ends in ${days} days`,
      remedy: 'certbot renew; is its timer running?',
    }
  return { state: 'good', what: `${path} is good for ${days} days` }
}

/** Everything in a configuration that the machine has to have. */
export async function machineHealth(model: Model, account: Account | undefined): Promise<Health[]> {
  const found: (Health | undefined)[] = []
  for (const one of [...model.named('root'), ...model.named('alias')]) {
    if (one.parent?.name === 'location' && /\.[a-z0-9]+$/i.test(one.arg)) continue
    found.push(folderHealth(one, account))
  }
  for (const one of model.named('ssl_certificate'))
    found.push(certificateHealth(one, model.siteOf(one)?.names ?? []))
  const sockets = new Set(
    model.passes
      .flatMap((pass) => model.addressesOf(pass))
      .flatMap((address) => /^unix:(?:\/\/)?(\/[^:;]+)/.exec(address)?.[1] ?? []),
  )
  for (const socket of sockets) found.push(await socketHealth(socket, account))
  return [...new Map(found.filter((one) => one !== undefined).map((one) => [one.what, one])).values()]
}
