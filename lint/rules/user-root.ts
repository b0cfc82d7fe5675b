// Workers that run as root.

import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'user-root',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'security',
  summary: 'nginx’s workers run as root.',
  why: 'The workers talk to the internet. As root, one fault in nginx, a module or a script, or one wrong alias, is the whole machine.',
  visits: ['user'],
  bad: ['user root;', 'user www-data root;'],
  good: ['user www-data;', 'user nginx nginx;'],
  check(at, { report }) {
    const word = at.args.indexOf('root')
    if (word < 0) return
    report(at, word === 0 ? 'the workers run as root' : 'the workers run in group root', {
      word,
      severity: word === 0 ? 'error' : 'warning',
      help: 'user www-data; and give that user what it must read',
    })
  },
}
