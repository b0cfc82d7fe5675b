// One name in two servers of one socket.

import type { Site } from '../model/site.ts'
import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'duplicate-server-name',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  summary: 'Two servers of one socket have the same name.',
  why: 'The first one gets every request; nginx logs “conflicting server name, ignored” and the second never answers for that name. Often a copy left behind in conf.d or sites-enabled.',
  visits: [''],
  bad: [
    'http { server { listen 80; server_name a.example; } server { listen 80; server_name b.example a.example; } }',
    'http { server { server_name a.example; } server { listen *:80; server_name A.example; } }',
    'http { server { listen 443 ssl; server_name a.example; } server { listen 0.0.0.0:443 ssl; server_name a.example; } }',
  ],
  good: [
    'http { server { listen 80; server_name a.example; } server { listen 443 ssl; server_name a.example; } }',
    'http { server { listen 80; server_name a.example; } server { listen 80; server_name b.example; } }',
    'http { server { listen 10.0.0.1:80; server_name a.example; } server { listen 10.0.0.2:80; server_name a.example; } }',
    'http { server { listen 80; server_name *.a.example; } server { listen 80; server_name a.example; } }',
  ],
  check(_root, { model, report }) {
    const said = new Set<string>()
    for (const [key, sites] of model.bySocket) {
      if (!key.startsWith('http')) continue
      const first = new Map<string, Site>()
      for (const site of sites) {
        for (const name of new Set(site.names)) {
          if (name === '') continue
          const other = first.get(name)
          if (other === undefined) {
            first.set(name, site)
            continue
          }
          const at = site.server
            .all('server_name')
            .find((one) => one.args.some((arg) => arg.toLowerCase() === name))
          const mark = `${at?.node?.file}:${at?.node?.name.span.start.offset}:${name}`
          if (at === undefined || said.has(mark)) continue
          said.add(mark)
          const node = other.server
            .all('server_name')
            .find((one) => one.args.some((arg) => arg.toLowerCase() === name))?.node
          const socket = key.slice(key.indexOf(' ') + 1).replace('*:', 'port ')
          report(
            at,
            `${name} on ${socket} already belongs to the server${node === undefined ? ' before' : ` at ${node.file}:${node.name.span.start.line}`}: this one is ignored`,
            {
              word: at.args.findIndex((arg) => arg.toLowerCase() === name),
              help: 'remove one of the two servers, or the name from one',
            },
          )
        }
      }
    }
  },
}
