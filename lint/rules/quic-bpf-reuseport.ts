// QUIC connections that do not survive a reload.

import { readListen } from '../model/site.ts'
import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'quic-bpf-reuseport',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'tls',
  alias: ['gixy: quic_bpf_reuseport'],
  summary: 'quic_bpf with reuseport loses half of the QUIC connections at every reload.',
  why: 'After a reload the kernel’s map still names the sockets of the old workers; packets go to workers that do not know the connection (nginx issue 425).',
  visits: ['quic_bpf'],
  bad: [
    {
      nginx: '1.26.3',
      conf: 'worker_processes auto; quic_bpf on; http { server { listen 443 quic reuseport; listen 443 ssl; } }',
    },
  ],
  good: [
    {
      nginx: '1.26.3',
      conf: 'worker_processes auto; quic_bpf off; http { server { listen 443 quic reuseport; } }',
    },
    {
      nginx: '1.26.3',
      conf: 'worker_processes 1; quic_bpf on; http { server { listen 443 quic reuseport; } }',
    },
    { nginx: '1.26.3', conf: 'worker_processes auto; quic_bpf on; http { server { listen 443 quic; } }' },
    { nginx: '1.26.3', conf: 'quic_bpf on; http { server { listen 443 quic reuseport; } }' },
  ],
  check(at, { model, report }) {
    const workers = model.root.first('worker_processes')?.arg ?? '1'
    if (at.arg !== 'on' || workers === '1') return
    if (!model.named('listen').some((one) => readListen(one).quic && one.args.includes('reuseport'))) return
    report(at, 'with reuseport and several workers, a reload loses half of the QUIC connections', {
      help: 'quic_bpf off;',
    })
  },
}
