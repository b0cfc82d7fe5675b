// Processes and threads, privileges, names, and the limits of requests and workers.

import {
  alwaysOn,
  count,
  type Fate,
  list,
  noEffect,
  seconds,
  setOption,
  text,
  translated,
  unsupported,
} from '../fate.ts'
import { availableProcessors } from '../processors.ts'
import { badValue, readBool, readCount, tell } from '../value.ts'

const processes: Fate = {
  kind: 'honoured',
  doc: 'A number, or `auto`: as many as there are CPUs for this container.',
  option: 'processes',
  take: (entry, draft) => {
    const value = /^auto$/i.test(entry.value ?? '') ? availableProcessors() : readCount(entry, draft, 1024)
    if (value === 0) return badValue(entry, 'at least 1')
    setOption(draft, 'processes', value, entry)
  },
}

const cheaperAlgo = translated(
  'One algorithm: workers follow the time requests wait. The names are accepted.',
  (entry, draft) => {
    if (!/^(spare2?|backlog|busyness|manual)$/.test(entry.value ?? '')) {
      tell(
        draft,
        entry,
        'warning',
        `cheaper-algo = ${entry.value}: uWSGI knows spare, spare2, backlog, busyness and manual`,
      )
    }
  },
)

const busyness = noEffect('The number of workers follows the time requests wait; there is nothing to tune.')
const noThunder = noEffect(
  'One process accepts connections and hands requests to free workers; there is no herd.',
)

export const processesAndLimits: Record<string, Fate> = {
  processes,
  workers: processes,
  threads: {
    kind: 'honoured',
    doc: 'Each thread of each worker is one lane.',
    option: 'threads',
    take: (entry, draft) => setOption(draft, 'threads', Math.max(1, readCount(entry, draft, 1024)), entry),
  },
  'thread-stacksize': count('thread-stacksize', 'KiB.'),
  'threads-stacksize': count('thread-stacksize', 'KiB.'),
  'thread-stack-size': count('thread-stacksize', 'KiB.'),
  'threads-stack-size': count('thread-stacksize', 'KiB.'),
  'no-threads-wait': unsupported(
    'Threads are always given time to finish their requests.',
    'worker-reload-mercy says how long',
  ),
  master: alwaysOn('The gateway is the master.'),
  'master-as-root': unsupported(
    'After its sockets are bound the gateway has no more rights than the workers.',
  ),
  cheap: translated('As `cheaper` with the fewest workers possible: one.', (entry, draft) => {
    if (readBool(entry, draft) && draft.gateway.cheaper === undefined) setOption(draft, 'cheaper', 1, entry)
  }),
  cheaper: {
    kind: 'honoured',
    doc: 'Fewest workers; more come when requests wait. `true` is one.',
    option: 'cheaper',
    take: (entry, draft) => {
      const isOn = /^(true|yes|on)$/i.test(entry.value ?? '')
      const fewest = isOn ? 1 : readCount(entry, draft, 1024)
      if (fewest > 0) setOption(draft, 'cheaper', fewest, entry)
    },
  },
  'cheaper-initial': count('cheaper-initial'),
  'cheaper-step': count('cheaper-step'),
  'cheaper-algo': cheaperAlgo,
  'cheaper-overload': busyness,
  'cheaper-rss-limit-soft': unsupported(
    'Workers are not held back by the memory of all.',
    'use reload-on-rss, or MemoryMax= in systemd',
  ),
  'cheaper-rss-limit-hard': unsupported(
    'Workers are not held back by the memory of all.',
    'use reload-on-rss, or MemoryMax= in systemd',
  ),
  'cheaper-busyness-max': busyness,
  'cheaper-busyness-min': busyness,
  'cheaper-busyness-multiplier': busyness,
  'cheaper-busyness-penalty': busyness,
  'cheaper-busyness-verbose': busyness,
  'cheaper-busyness-backlog-alert': busyness,
  'cheaper-busyness-backlog-multiplier': busyness,
  'cheaper-busyness-backlog-nonzero': busyness,
  'cheaper-busyness-backlog-step': busyness,
  idle: unsupported('The gateway does not stop for want of requests.', '`cheaper = 1` keeps it small'),
  'die-on-idle': unsupported(
    'The gateway does not stop for want of requests.',
    '`cheaper = 1` keeps it small',
  ),
  'thunder-lock': noThunder,
  'lock-engine': noThunder,
  locks: unsupported('There are no locks shared by workers.', 'use multiprocessing, a file or the database'),
  'cpu-affinity': noEffect('The kernel places processes well; CPUAffinity= in systemd sets it for all.'),
  ksm: noEffect('Workers share the memory of their template.'),
  'never-swap': unsupported('Memory is not locked.', 'MemorySwapMax=0 in systemd'),
  prio: unsupported('Priorities are not changed.', 'Nice= in systemd'),
  uid: text('uid', 'Name or number; after the sockets are bound, before the application is loaded.'),
  gid: text('gid', 'Name or number.'),
  'immediate-uid': text('uid'),
  'immediate-gid': text('gid'),
  'add-gid': list('add-gid'),
  'no-initgroups': unsupported('The user’s own groups are always set.'),
  'drop-after-init': unsupported('Privileges are dropped before the application is loaded.'),
  'drop-after-apps': unsupported('Privileges are dropped before the application is loaded.'),
  'no-orphans': alwaysOn('Workers exit when the gateway is gone.'),
  'die-on-term': alwaysOn('SIGTERM always stops: no new requests, the old ones finish, exit code 0.'),
  'exit-on-reload': unsupported('SIGHUP reloads without stopping.', 'use SIGTERM'),
  reaper: alwaysOn('The template reaps its workers.'),
  'auto-procname': alwaysOn('Processes say what they are in `ps`.'),
  procname: text('procname'),
  'procname-prefix': text('procname-prefix'),
  'procname-prefix-spaced': translated(
    'As procname-prefix, with a space.',
    (entry, draft) => setOption(draft, 'procname-prefix', `${entry.value ?? ''} `, entry),
    'procname-prefix',
  ),
  'procname-append': text('procname-append'),
  'procname-master': unsupported(
    'Only the workers are named by procname.',
    'procname-prefix and -append hold for all',
  ),

  harakiri: seconds(
    'harakiri',
    'Per request: the stacks are logged, the client gets 504, other requests of the worker finish.',
  ),
  'harakiri-verbose': alwaysOn('The Python stacks of all threads are logged.'),
  'harakiri-no-arh': noEffect('There are no after-request hooks.'),
  'no-harakiri-arh': noEffect('There are no after-request hooks.'),
  'no-harakiri-after-req-hook': noEffect('There are no after-request hooks.'),
  'harakiri-graceful-timeout': noEffect(
    'Stacks are logged before the worker is replaced; other requests finish within worker-reload-mercy.',
  ),
  'harakiri-graceful-signal': noEffect('Stacks are logged before the worker is replaced.'),
  'harakiri-queue-threshold': unsupported(
    'Slow requests are stopped also when nothing waits.',
    'raise harakiri',
  ),
  'max-requests': count(
    'max-requests',
    'With jitter: workers never go at the same time; the new one is ready before the old one stops.',
  ),
  'max-requests-delta': count('max-requests-delta'),
  'min-worker-lifetime': seconds('min-worker-lifetime'),
  'max-worker-lifetime': seconds('max-worker-lifetime'),
  'max-worker-lifetime-delta': seconds('max-worker-lifetime-delta'),
  'reload-on-rss': count('reload-on-rss', 'MiB.'),
  'reload-on-as': count('reload-on-as', 'MiB. Address space says little; reload-on-rss says more.'),
  'evil-reload-on-rss': count('evil-reload-on-rss', 'MiB.'),
  'evil-reload-on-as': count('evil-reload-on-as', 'MiB.'),
  'limit-as': count('limit-as', 'MiB.'),
  'limit-nproc': unsupported('The number of processes is not limited.', 'TasksMax= in systemd'),
  'max-fd': count('max-fd', 'setrlimit only; nothing is allocated per descriptor.'),
  'worker-reload-mercy': seconds('worker-reload-mercy'),
  'reload-mercy': seconds('reload-mercy'),
  'mule-reload-mercy': noEffect('There are no mules.'),
  'forkbomb-delay': alwaysOn('Workers that die at once are restarted more and more slowly.'),
  'buffer-size': {
    kind: 'honoured',
    doc: 'Default 65,535, the most nginx sends; smaller values have no effect.',
    option: 'buffer-size',
    take: (entry, draft) => {
      const value = readCount(entry, draft)
      if (value > 65_535) {
        tell(
          draft,
          entry,
          'note',
          `buffer-size = ${value}: nginx sends 65,535 bytes at most, and so much is taken`,
        )
      } else if (value < 65_535) {
        tell(draft, entry, 'note', `buffer-size = ${value}: up to 65,535 bytes are taken here in any case`)
      }
    },
  },
  'post-buffering': noEffect(
    'Bodies from a TCP port are awaited anyway (body-buffering limits their disk); behind nginx they stream.',
  ),
  'post-buffering-bufsize': noEffect('Bodies stream.'),
  'body-read-warning': noEffect('Bodies stream.'),
  'limit-post': {
    kind: 'honoured',
    doc: 'Bytes; 413. The generated site sets client_max_body_size too.',
    option: 'limit-post',
    take: (entry, draft) => {
      const value = readCount(entry, draft)
      setOption(draft, 'limit-post', value, entry)
      if (value > 0) draft.site.body = value
    },
  },
  'max-vars': alwaysOn('1,024 variables per request are taken.'),
  'response-headers-limit': alwaysOn('64 KiB of response headers are taken.'),
  'chunked-input-limit': noEffect('limit-post limits bodies of every kind.'),
  'chunked-input-timeout': noEffect('socket-timeout limits slow bodies of every kind.'),
  'disable-sendfile': noEffect('Files are sent by nginx or read by the gateway.'),
  'close-on-exec': alwaysOn('Sockets never leak into children.'),
  'close-on-exec2': alwaysOn('Sockets never leak into children.'),
  'skip-atexit': unsupported('atexit handlers of workers run.'),
  'skip-atexit-teardown': noEffect('Workers exit in order.'),
  'check-interval': noEffect('Limits are looked at twice a second.'),
}
