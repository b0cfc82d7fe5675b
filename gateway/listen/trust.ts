// Who is believed when it says for whom it asks: `trusted-proxies`, and the client behind them. Knows addresses and two
// headers, no sockets.

import { BlockList, isIP } from 'node:net'
import { PosternError } from '../../errors.ts'

const EVERYBODY = '*'
const UNIX = 'unix'

export class Trust {
  /** Nobody is believed: there is nothing to look at. */
  readonly isEmpty: boolean
  private readonly everybody: boolean
  private readonly unix: boolean
  private readonly list = new BlockList()

  /** Addresses, networks (`10.0.0.0/8`), `unix` for who comes by a socket file, `*`. */
  constructor(entries: readonly string[]) {
    this.isEmpty = entries.length === 0
    this.everybody = entries.includes(EVERYBODY)
    this.unix = entries.includes(UNIX)
    for (const entry of entries) if (entry !== EVERYBODY && entry !== UNIX) this.add(entry)
  }

  private add(entry: string): void {
    const [address = '', prefix] = entry.split('/', 2)
    const family = isIP(address)
    const type = family === 6 ? 'ipv6' : 'ipv4'
    const bits = prefix === undefined ? undefined : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN
    if (family === 0 || (bits !== undefined && !(bits <= (family === 6 ? 128 : 32)))) {
      throw new PosternError('TRUST_BAD_ADDRESS', { entry })
    }
    if (bits === undefined) this.list.addAddress(address, type)
    else this.list.addSubnet(address, bits, type)
  }

  /** `address` undefined: by a Unix socket. */
  trusts(address: string | undefined): boolean {
    if (this.isEmpty) return false
    if (this.everybody) return true
    return address === undefined ? this.unix : this.lists(address)
  }

  private lists(address: string): boolean {
    const family = isIP(address)
    return family !== 0 && this.list.check(address, family === 6 ? 'ipv6' : 'ipv4')
  }

  /**
   * The client that a trusted peer names in X-Forwarded-For: the last address that is no proxy of the list itself, the first
   * if all are. undefined: none is named. What stands before something that is no address is hearsay, and so is, with `*`,
   * everything but the last.
   */
  client(forwardedFor: string): string | undefined {
    let found: string | undefined
    for (const part of forwardedFor.split(',').reverse()) {
      const address = readAddress(part)
      if (address === undefined) break
      found = address
      if (!this.lists(address)) break
    }
    return found
  }
}

/** `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`, perhaps quoted. */
function readAddress(text: string): string | undefined {
  const bare = text.trim().replace(/^"(.*)"$/, '$1')
  const [, inner] = /^\[([^\]]*)\](?::\d+)?$/.exec(bare) ?? []
  const [, host] = /^([\d.]+):\d+$/.exec(bare) ?? []
  const address = inner ?? host ?? bare
  return isIP(address) ? address : undefined
}

/** X-Forwarded-Proto, if it is one scheme. */
export function readScheme(text: string): 'http' | 'https' | undefined {
  const scheme = text.trim().toLowerCase()
  return scheme === 'http' || scheme === 'https' ? scheme : undefined
}
