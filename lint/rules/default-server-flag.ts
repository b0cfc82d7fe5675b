// Several servers on a socket, none of them named as the default.

import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'default-server-flag',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  alias: ['gixy: default_server_flag'],
  summary: 'Several servers share a socket and none is the default.',
  why: 'A request for an unknown name goes to the first server that the files happen to bring up. Another include order, another file name, and another site (and certificate) answers for every stray host name.',
  visits: [''],
  bad: [
    'http { server { listen 80; server_name a.example; } server { listen 80; server_name b.example; } }',
    'http { server { server_name a.example; } server { listen 80; server_name b.example; } }',
    'http { server { listen 80; server_name a.example; } server { listen 0.0.0.0:80; server_name b.example; } }',
    'http { server { listen [::]:443 ssl; server_name a.example; } server { listen [::]:443 ssl; server_name b.example; } }',
  ],
  good: [
    'http { server { listen 80 default_server; return 444; } server { listen 80; server_name b.example; } }',
    'http { server { listen 80; server_name a.example; } server { listen 443 ssl; server_name a.example; } }',
    'http { server { listen 80; server_name a.example; listen 80; } }',
    'http { server { listen 80; server_name a.example; } } stream { server { listen 80; } }',
    'http { server { listen 80; server_name a.example; } server { listen [::]:80; server_name a.example; } }',
  ],
  check(_root, { model, report }) {
    if (!model.tree.whole && model.tree.context.length > 0 && model.tree.context[0] !== 'http') return
    // One finding for the same servers, however many sockets they share.
    const said = new Set<string>()
    for (const [key, sites] of model.bySocket) {
      if (sites.length < 2 || key.startsWith('mail') || key.includes('unix:')) continue
      const socket = key.slice(key.indexOf(' ') + 1)
      const listens = sites.flatMap((site) => site.listens.filter((one) => one.key === socket))
      if (listens.some((one) => one.isDefault)) continue
      // `server_name _` first on the socket says just as well which server catches the rest.
      const first = sites[0]?.names ?? []
      const meant = first.length === 1 && (first[0] === '_' || first[0] === '')
      const second = sites[1]
      const ports = [...new Set(listens.map((one) => one.port))].join()
      const mark = `${ports} ${sites.map((site) => model.sites.indexOf(site)).join()}`
      if (second === undefined || said.has(mark)) continue
      said.add(mark)
      const at = second.listens.find((one) => one.key === socket)?.at ?? second.server
      report(
        at,
        `${sites.length} servers listen on ${socket.replace('*:', 'port ')} and none is the default_server; ${sites[0]?.names[0] ?? 'the first one'} answers for unknown names`,
        {
          ...(meant ? { severity: 'info' as const } : {}),
          help: 'mark one: listen … default_server; best a server that only does `return 444;`',
        },
      )
    }
  },
}
