// keepalive_requests below its own default.

import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'low-keepalive-requests',
  severity: 'info',
  confidence: 'high',
  since: '0.1.0',
  topic: 'performance',
  alias: ['gixy: low_keepalive_requests'],
  summary: 'keepalive_requests is lower than nginx’s default.',
  why: 'Since 1.19.10 the default is 1000. A lower number closes HTTP/2 connections in mid-visit (every request of a page counts), and clients see failed requests.',
  visits: ['keepalive_requests'],
  bad: ['http { keepalive_requests 100; }', 'server { keepalive_requests 10; }'],
  good: [
    'http { keepalive_requests 1000; }',
    'http { keepalive_requests 10000; }',
    'upstream a { server 10.0.0.1; keepalive 8; keepalive_requests 100; }',
    'http { keepalive_requests 0; }',
  ],
  check(at, { model, report }) {
    if (
      at.within('upstream') !== undefined ||
      !/^\d+$/.test(at.arg) ||
      Number(at.arg) >= 1000 ||
      at.arg === '0'
    )
      return
    if (model.tree.whole && !model.isOpen(at)) return
    report(at, `connections are closed after ${at.arg} requests`, {
      word: 0,
      help: 'leave it at the default (1000) or raise it',
    })
  },
}
