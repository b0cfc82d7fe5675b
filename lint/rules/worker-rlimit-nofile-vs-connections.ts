// Fewer file descriptors than connections need.

import type { Rule } from '../rule.ts'

const DEFAULT_CONNECTIONS = 512

export const rule: Rule = {
  name: 'worker-rlimit-nofile-vs-connections',
  severity: 'info',
  confidence: 'medium',
  since: '0.1.0',
  topic: 'performance',
  alias: ['gixy: worker_rlimit_nofile_vs_connections'],
  summary: 'worker_rlimit_nofile is too small for worker_connections.',
  why: 'A proxied request takes two descriptors, one for each side, a file one more. With fewer than twice worker_connections a busy worker answers “Too many open files”.',
  visits: ['worker_connections', 'worker_rlimit_nofile'],
  bad: [
    'worker_rlimit_nofile 1024; events { worker_connections 1024; }',
    'events { worker_connections 4096; } http { server { listen 80; } }',
    'worker_rlimit_nofile 1000; events { }',
  ],
  good: [
    'worker_rlimit_nofile 8192; events { worker_connections 4096; }',
    'events { worker_connections 768; }',
    'worker_rlimit_nofile 2048; events { }',
    'events { worker_connections 512; } http { server { listen 80; } }',
  ],
  check(at, { model, report }) {
    if (at.name === 'worker_rlimit_nofile') {
      // nginx's own number, when events does not say.
      if (model.named('worker_connections').length > 0 || !model.tree.whole) return
      if (Number(at.arg) < DEFAULT_CONNECTIONS * 2)
        report(
          at,
          `${at.arg} file descriptors are too few for ${DEFAULT_CONNECTIONS} connections, the default`,
          {
            word: 0,
            help: `worker_rlimit_nofile ${DEFAULT_CONNECTIONS * 2};`,
          },
        )
      return
    }
    const connections = Number(at.arg)
    const limit = model.root.first('worker_rlimit_nofile')
    if (!Number.isFinite(connections)) return
    if (limit === undefined) {
      if (connections < 1024 || (model.sites.length > 0 && !model.sites.some((site) => site.open))) return
      report(
        at,
        `${connections} connections need ${connections * 2} file descriptors; a process gets 1024 unless worker_rlimit_nofile says more`,
        { word: 0, help: `add \`worker_rlimit_nofile ${connections * 2};\` at the top` },
      )
    } else if (Number(limit.arg) < connections * 2) {
      report(limit, `${limit.arg} file descriptors are too few for ${connections} connections`, {
        word: 0,
        help: `worker_rlimit_nofile ${connections * 2};`,
      })
    }
  },
}
