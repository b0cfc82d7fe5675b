// Other sites of the same nginx, or of the same folder, as far as this machine knows them: an address may have `reuseport`
// once only, a folder one site. Reads what is there; knows nothing of how this site is written.

import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'
import { readUrl } from '../conf/check/url.ts'
import { type Conf, loadConf, type Reader } from '../conf/include.ts'
import type { Directive } from '../conf/node.ts'
import { find, serversOf, walk } from '../conf/walk.ts'
import { PosternError } from '../errors.ts'
import type { Site } from './site.ts'

/** Where Debian, Ubuntu, Fedora and Alpine have theirs. */
export const systemConf = '/etc/nginx/nginx.conf'

const disk: Reader = {
  read: (path) => readFileSync(path),
  list: (folder) => {
    try {
      return readdirSync(folder)
    } catch {
      return []
    }
  },
}

/** Refuses a site that would claim an address for QUIC that another site of `conf` has claimed. */
export function refuseSecondOwner(site: Site, out: string, conf: string): void {
  const wanted = site.debian.flatMap(({ listens }) => listens.filter(owns).map((words) => words[0] as string))
  if (wanted.length === 0) return
  for (const server of foreignServers(conf, site.name, out)) {
    for (const listen of find(server, 'listen').filter(({ args }) => owns(args.map(({ value }) => value)))) {
      const address = wanted.find((one) => same(one, listen.args[0]?.value as string))
      if (address === undefined) continue
      throw new PosternError('GENERATE_QUIC_TAKEN', {
        address,
        names: namesOf(server),
        file: listen.file,
        line: listen.span.start.line,
      })
    }
  }
}

/** A folder holds one site: the last one built there is all there is. */
export function replacedSite(site: Site, out: string): string[] {
  let text: string
  try {
    text = readFileSync(join(out, 'nginx.conf'), 'utf8').slice(0, 8192)
  } catch {
    return []
  }
  const [, other] = /^# Written by postern from (.+); changes here/m.exec(text) ?? []
  if (other === undefined || other === site.siteFile || !existsSync(other)) return []
  return [
    `${out} held the site of ${other} until now; it holds that of ${site.siteFile} instead. Sites that run at the same time need a folder each: --out`,
  ]
}

/** Linked into Debian's folders a site takes the place of one of the same name: fine for a new release, not for another site. */
export function takenName(site: Site, conf: string): string[] {
  const path = join(dirname(conf), 'sites-available', `${site.name}.conf`)
  const there = loaded(path)
  if (there === undefined || !/^# Written by postern from /m.test(there.main.text)) return []
  const theirs = [...serversOf(there.main)].flatMap(namesOf)
  const ours = new Set(site.debian.flatMap(({ names }) => names))
  if (theirs.length === 0 || ours.size === 0 || theirs.some((name) => ours.has(name))) return []
  return [
    `${path} is another site of the name ${site.name} (${theirs.join(' ')}): give this one another \`name\`, or linking it there takes that one away`,
  ]
}

const namesOf = (server: Directive): string[] =>
  find(server, 'server_name').flatMap(({ args }) => args.map(({ value }) => value))

const owns = (words: string[]): boolean => words.includes('quic') && words.includes('reuseport')

/** `443`, `*:443` and `0.0.0.0:443` are one. */
function same(one: string, other: string): boolean {
  const keys = [one, other].map((address) => {
    const { kind, host, port, err } = readUrl(address, { listen: true, defaultPort: 80 })
    return err === undefined ? `${kind === 'any' ? '0.0.0.0' : host.toLowerCase()} ${port}` : address
  })
  return keys[0] === keys[1]
}

/** Servers that are neither written for this site (an older release of it either) nor include what it has written. */
function foreignServers(path: string, name: string, out: string): Directive[] {
  const own = `${realPath(out)}${sep}`
  const isOurs = (file: string): boolean =>
    basename(file) === `${name}.conf` || realPath(file).startsWith(own)
  const includesOurs = (server: Directive): boolean =>
    [...walk(server)].some(({ included }) => included?.some((file) => isOurs(file.path)))
  const conf = loaded(path)
  return conf === undefined
    ? []
    : [...serversOf(conf.main)].filter((server) => !isOurs(server.file) && !includesOurs(server))
}

/** undefined: there is no nginx here, or only root may read its configuration. nginx -t will say the rest. */
function loaded(path: string): Conf | undefined {
  try {
    return loadConf(path, disk)
  } catch {
    return undefined
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
