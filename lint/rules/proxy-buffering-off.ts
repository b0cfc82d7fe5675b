// proxy_buffering off where nothing streams.

import { readLocation } from '../model/location.ts'
import type { Rule } from '../rule.ts'

const STREAMS =
  /(?:^|[/_.-])(?:ws|wss|websocket|websockets|socket\.io|sockjs|channels|sse|events?|event-?stream|stream(?:ing|s)?|live|updates|notifications?|subscribe|chat|completions|mcp|tail|logs?|lobby|hub|signalr|cable|download|upload|registry|v2|git|poll)(?:[/_.-]|$)/i

export const rule: Rule = {
  name: 'proxy-buffering-off',
  severity: 'info',
  confidence: 'medium',
  since: '0.1.0',
  topic: 'performance',
  alias: ['gixy: proxy_buffering_off'],
  summary: 'Buffering of the upstream’s answers is off.',
  why: 'Without buffering a slow client keeps the application’s worker busy until the last byte; a few slow clients are then enough to use up all workers. Streams (SSE, websockets) need it off, in their own location.',
  visits: ['proxy_buffering'],
  bad: [
    'location / { proxy_buffering off; proxy_pass http://app; }',
    'http { proxy_buffering off; }',
    'location /api/ { proxy_buffering off; proxy_request_buffering off; proxy_pass http://app; }',
  ],
  good: [
    'location / { proxy_buffering on; proxy_pass http://app; }',
    'location /api/ { proxy_buffering off; proxy_read_timeout 1h; proxy_pass http://app; }',
    'location /events/ { proxy_buffering off; proxy_pass http://app; }',
    'location / { proxy_buffering off; proxy_set_header Upgrade $http_upgrade; proxy_pass http://app; }',
    'location /api/ { proxy_buffering off; proxy_set_header Connection ""; proxy_cache off; chunked_transfer_encoding off; proxy_pass http://app; }',
  ],
  check(at, { model, report }) {
    if (at.arg !== 'off' || (model.tree.whole && !model.isOpen(at))) return
    const location = at.within('location')
    if (location !== undefined) {
      if (STREAMS.test(readLocation(location).path)) return
      if (location.effectiveAll('proxy_set_header').some((one) => one.arg.toLowerCase() === 'upgrade')) return
      if (location.has('chunked_transfer_encoding')) return
      // Whoever waits an hour for the next byte streams.
      if (/^(?:\d+[hdwMy]|\d{4,}s?|\d{2,}m)$/.test(location.effective('proxy_read_timeout')?.arg ?? ''))
        return
    }
    report(at, 'a slow client keeps the application’s worker busy for as long as it reads', {
      help: 'turn it off only in the location that streams; or let the application send X-Accel-Buffering: no',
    })
  },
}
