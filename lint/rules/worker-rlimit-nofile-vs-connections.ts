// Fewer file descriptors than connections need.

import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'worker-rlimit-nofile-vs-connections',
  severity: 'info',
  confidence: 'medium',
  since: '0.1.0',
  topic: 'performance',
  alias: ['gixy: worker_rlimit_nofile_vs_connections'],
  summary: 'worker_rlimit_nofile is too small for worker_connections.',
  why: 'A proxied request takes two descriptors, one for each side, a file one more. With fewer than twice worker_connections a busy worker answers “Too many open files”.',
  visits: ['worker_connections'],
  bad: [
    'worker_rlimit_nofile 1024; events { worker_connections 1024; }',
    'events { worker_connections 4096; } http { server { listen 80; } }',
  ],
  good: [
    'worker_rlimit_nofile 8192; events { worker_connections 4096; }',
    'events { worker_connections 768; }',
    'events { worker_connections 512; } http { server { listen 80; } }',
  ],
  check(at, { model, report }) {
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
