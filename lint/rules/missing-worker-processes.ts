// A whole configuration that runs on one processor.

import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'missing-worker-processes',
  severity: 'info',
  confidence: 'high',
  since: '0.1.0',
  topic: 'performance',
  alias: ['gixy: missing_worker_processes'],
  summary: 'worker_processes is not set, so nginx runs a single worker.',
  why: 'The default is one worker process, which uses one processor. `auto` starts one for each.',
  visits: [''],
  bad: ['events { } http { server { listen 80; } }'],
  good: [
    'worker_processes auto; events { } http { server { listen 80; } }',
    'http { server { listen 80; } }',
    'events { } http { server { listen 127.0.0.1:80; } }',
  ],
  check(root, { model, report }) {
    const events = root.first('events')
    if (!model.tree.whole || events === undefined || !root.has('http') || root.has('worker_processes')) return
    if (root.all('include').some((one) => (one.node?.included ?? []).length === 0)) return
    if (model.sites.some((site) => site.open))
      report(events, 'worker_processes is not set: nginx runs one worker', {
        help: 'add `worker_processes auto;` at the top',
      })
  },
}
