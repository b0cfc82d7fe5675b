// A location for websockets that does not pass the upgrade on.

import { isInternal, readTarget } from '../model/handler.ts'
import { readLocation } from '../model/location.ts'
import { unreadAround } from '../model/unread.ts'
import type { Rule } from '../rule.ts'

const SOCKETS =
  /(?:^|[\\/^(|?:_-])(?:ws|wss|websocket|websockets|socket\\?\.io|sockjs|channels|cable)(?:[\\/$)|?_-]|$)/i

export const rule: Rule = {
  name: 'websocket-no-upgrade',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'proxy',
  summary: 'A websocket location does not pass the upgrade on.',
  why: 'Upgrade and Connection are meant for one hop; nginx drops them unless told otherwise, and speaks HTTP/1.0 upstream. The application sees a plain GET, and the browser “WebSocket connection failed”.',
  visits: ['proxy_pass'],
  bad: [
    'location /ws/ { proxy_pass http://127.0.0.1:8001; }',
    'location /socket.io/ { proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_pass http://app; }',
    'location /ws/ { proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade"; proxy_pass http://app; }',
    'location ~ ^/websocket/ { proxy_pass http://app; }',
  ],
  good: [
    'location /ws/ { proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade"; proxy_pass http://app; }',
    'location /ws/ { proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade; proxy_pass http://app; }',
    'location /news/ { proxy_pass http://app; }',
    'location /ws/ { include websocket.conf; proxy_pass http://app; }',
    'location /channels.html { root /srv; }',
    {
      nginx: '1.30.6',
      conf: 'location /ws/ { proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade"; proxy_pass http://app; }',
    },
  ],
  check(at, { model, report }) {
    const location = at.within('location')
    const block = at.parent
    if (location === undefined || block === undefined || location.assumed || isInternal(location)) return
    const path = readLocation(location).path
    if (!SOCKETS.test(path) || unreadAround(block) || readTarget(at).scheme === '') return
    const sent = block.effectiveAll('proxy_set_header')
    const value = (name: string): string | undefined =>
      sent.find((one) => one.arg.toLowerCase() === name)?.args[1]
    const connection = value('connection')
    const lacks = [
      model.before('1.29.7') && block.effective('proxy_http_version')?.arg !== '1.1'
        ? 'proxy_http_version 1.1;'
        : undefined,
      value('upgrade') === undefined ? 'proxy_set_header Upgrade $http_upgrade;' : undefined,
      connection === undefined || connection === '' || /^(?:close|keep-alive)$/i.test(connection)
        ? 'proxy_set_header Connection "upgrade";'
        : undefined,
    ].filter((one) => one !== undefined)
    if (lacks.length > 0)
      report(at, 'the upgrade to a websocket is not passed on', { help: `add ${lacks.join(' ')}` })
  },
}
