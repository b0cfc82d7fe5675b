// A request that is passed on to the server it came from.

import { readTarget } from '../model/handler.ts'
import { isLoopback } from '../model/site.ts'
import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'upstream-self-loop',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  summary: 'The server passes requests on to itself.',
  why: 'The address behind the pass is one that this very server listens on. Each request comes back as a new one until the connections run out, and the client gets a 500 or a 502.',
  visits: ['proxy_pass', 'uwsgi_pass', 'fastcgi_pass', 'scgi_pass', 'grpc_pass'],
  bad: [
    'http { upstream app { server 127.0.0.1:8000; } server { listen 8000; location / { proxy_pass http://app; } } }',
    'server { listen 80; server_name example.com; location / { proxy_pass http://localhost; } }',
    'server { listen 80; server_name example.com; location / { proxy_pass http://example.com; } }',
    'server { listen unix:/run/a.sock; location / { uwsgi_pass unix:/run/a.sock; } }',
  ],
  good: [
    'http { upstream app { server 127.0.0.1:8001; } server { listen 8000; location / { proxy_pass http://app; } } }',
    'http { server { listen 80; location / { proxy_pass http://127.0.0.1:8080; } } server { listen 127.0.0.1:8080; root /srv; } }',
    'server { listen 80; server_name example.com; location / { proxy_set_header Host inner.example.com; proxy_pass http://127.0.0.1; } }',
    'server { listen 10.0.0.1:80; location / { proxy_pass http://127.0.0.1:80; } }',
    'server { listen 80; server_name a.example; location / { proxy_pass http://b.example; } }',
  ],
  check(at, { model, report }) {
    const site = model.siteOf(at)
    if (site === undefined || at.arg.includes('$') || site.module !== 'http') return
    const { scheme } = readTarget(at)
    for (const address of model.addressesOf(at)) {
      const unix = /^unix:([^:]+)/.exec(address)?.[1]
      const parts = /^(\[[^\]]*\]|[^:]+)(?::(\d+))?$/.exec(address)
      const host = parts?.[1]?.toLowerCase() ?? ''
      const port = Number(parts?.[2] ?? (scheme === 'https' ? 443 : 80))
      const hit = site.listens.find((listen) => {
        if (unix !== undefined) return listen.unix === unix
        if (listen.unix !== undefined || listen.port !== port || listen.udp) return false
        if (site.names.includes(host) && host !== 'localhost') return true
        if (!isLoopback(host) && host !== '0.0.0.0') return listen.address === host
        return listen.address === '*' || listen.address === '[::]' || isLoopback(listen.address)
      })
      if (hit === undefined) continue
      // Another Host makes nginx choose another server on the same socket.
      const sent = at.parent?.effectiveAll('proxy_set_header').find((one) => one.arg.toLowerCase() === 'host')
        ?.args[1]
      if (sent !== undefined && !sent.includes('$') && !site.names.includes(sent.toLowerCase())) continue
      const others = (model.bySocket.get(`${site.module} ${hit.key}`) ?? []).filter((other) => other !== site)
      if (
        sent === undefined &&
        others.some(
          (other) =>
            other.names.includes(host) || other.listens.some((one) => one.key === hit.key && one.isDefault),
        ) &&
        !site.names.includes(host)
      )
        continue
      report(at, `${address} is where this server itself listens`, {
        word: 0,
        help: 'name the address of the application; give it a port or socket of its own',
      })
      return
    }
  },
}
