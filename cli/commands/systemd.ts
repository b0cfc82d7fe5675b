// postern systemd: units for a built site, printed or written to a folder. Starts nothing and enables nothing.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { PosternError } from '../../errors.ts'
import { fleetAddresses } from '../../gateway/fleet/share.ts'
import { readOptions } from '../../gateway/index.ts'
import { unitsOf } from '../gateway/units.ts'
import { examples, note, say, warn } from '../print.ts'

type Options = { out: string; name: string; user: string; group?: string; write?: string; nginx?: string }

function readName(text: string): string {
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(text))
    throw new InvalidArgumentError('letters, digits, dots and dashes.')
  return text
}

const findInPath = (name: string): string | undefined =>
  [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file))

export function register(program: Command): void {
  program
    .command('systemd')
    .description('print systemd units for the gateway (with its socket) and nginx')
    .option('-o, --out <folder>', 'the built site', 'out')
    .option('-n, --name <name>', 'what the units are called', readName, 'postern')
    .option('-u, --user <user>', 'who runs the gateway', 'www-data')
    .option('-g, --group <group>', 'default: the user’s name')
    .option('--nginx <file>', 'the nginx program')
    .option('-w, --write <folder>', 'write the units there instead of printing them')
    .addHelpText(
      'after',
      examples([
        ['postern systemd', 'look at them'],
        ['postern systemd --user site --write /etc/systemd/system', 'then: systemctl daemon-reload'],
        ['systemctl enable --now postern-gateway.socket postern-gateway postern-nginx', 'start'],
      ]),
    )
    .action((options: Options) => {
      const out = resolve(options.out)
      const file = join(out, 'gateway.json')
      let input: unknown
      try {
        input = JSON.parse(readFileSync(file, 'utf8'))
      } catch (cause) {
        throw new PosternError('OPTIONS_UNREADABLE', { file, reason: (cause as Error).message }, { cause })
      }
      const gateway = readOptions(input, file)
      const runDir = resolve(gateway['run-dir'])
      const group = options.group ?? options.user
      const nginx = readNginx(join(out, 'nginx.conf'))
      const units = unitsOf({
        name: options.name,
        node: process.execPath,
        nginx: options.nginx ?? findInPath('nginx') ?? '/usr/sbin/nginx',
        out,
        user: options.user,
        group,
        addresses: fleetAddresses(gateway).map(({ address }) => address),
        socketMode: gateway['chmod-socket'],
        socketGroup: gateway['chown-socket']?.split(':')[1] ?? nginx.user ?? group,
        writable: [runDir, ...(gateway.chdir === undefined ? [] : [resolve(gateway.chdir)])],
        bootSeconds: gateway['boot-timeout'],
        stopSeconds: gateway['reload-mercy'],
        hasNginx: existsSync(join(out, 'nginx.conf')),
      })
      if (nginx.storesBodies && nginx.user !== undefined && ![nginx.user, 'root'].includes(options.user)) {
        warn(
          `${options.user} cannot read the request bodies that nginx stores as ${nginx.user}: say all: { uploads: 'buffer' } in the site file and build again, or run the gateway as ${nginx.user}`,
        )
      }
      if (options.write === undefined) {
        for (const [name, text] of units) say(`# ${name}\n${text}`)
        return
      }
      mkdirSync(options.write, { recursive: true })
      for (const [name, text] of units) {
        writeFileSync(join(options.write, name), text)
        note(`wrote ${join(options.write, name)}`)
      }
    })
}

/** What nginx's workers will be, and whether they leave request bodies for the gateway to read. */
function readNginx(conf: string): { user: string | undefined; storesBodies: boolean } {
  const text = existsSync(conf) ? readFileSync(conf, 'utf8') : ''
  return {
    user: /^user (\S+);/m.exec(text)?.[1],
    storesBodies: text.includes('POSTERN_BODY_FILE $request_body_file'),
  }
}
