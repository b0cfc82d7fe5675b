// Everything else, by families of names: other languages, routers, clusters, caches, jails. Order matters: first match.

import { type Fate, noEffect, reader, refused, unsupported } from '../fate.ts'

const language = (name: string): Fate =>
  refused(`postern runs Python (WSGI); ${name} is not`, `keep uWSGI for the ${name} application`)
const router = refused(
  'there is no router process besides the gateway',
  'nginx routes: name upstreams in the site file',
)
const cluster = unsupported(
  'Instances do not know each other.',
  'nginx balances among upstreams; systemd or Kubernetes places them',
)
const service = unsupported(
  'Namespaces, jails and capabilities are the service manager’s.',
  'systemd’s sandboxing options, or a container',
)
const cache = refused(
  'there is no cache inside the server',
  'nginx’s proxy cache for pages (the site file’s `cache`), Redis or Django’s cache for data',
)

/** pattern of the name → fate; for what has no entry of its own. */
export const families: [pattern: RegExp, fate: Fate][] = [
  [
    /^(if|end|for)(-|$)|^(if|end)(env|exists|plugin|dir|for|if)$|^else$/,
    reader('Logic of the configuration.'),
  ],
  [
    /^(ini|yaml|yml|json|js|xml|xmlconfig|include|inherit|config|set|set-ph|set-placeholder|strict)$/,
    reader('Reading of the configuration.'),
  ],
  [
    /^(sqlite3?|ldap.*|zerg-pool|zergpool)$/,
    refused(
      'configurations of this kind are not read',
      'write it as ini: `uwsgi … --show-config` prints that',
    ),
  ],
  [
    /^(blacklist|whitelist|end-blacklist|end-whitelist|autoload|need-plugins?|fallback-config|inject-.*|resolve|extract|binary-.*|(un)?privileged-binary-.*)$/,
    unsupported('This way of steering the configuration is not there.'),
  ],
  [
    /^declare-option2?$/,
    reader('Declares an option of the file’s own; uses of it are accepted and have no effect.'),
  ],
  [
    /^(plugins?|plugins?-dir|dlopen)$/,
    noEffect('There are no plugins; what python, http, logfile and router_* do is built in.'),
  ],
  [
    /^(plugins?-list|.*-list|dump-options|cflags|dot-h|config-py|build-plugin|print-sym(bol)?|command-mode|version)$/,
    unsupported('This prints something about the uWSGI binary.'),
  ],
  [
    /^spooler|^import-spooler|^touch-spoolers/,
    refused(
      'there is no spooler',
      'Celery, RQ, Huey, Dramatiq or Django’s own tasks, started with attach-daemon or by systemd',
    ),
  ],
  [
    /^(mules?|farm|mule-.*|touch-mules-reload|signal.*|rpc-max|ftok|persistent-ipcsem)$/,
    refused(
      'there are no mules, signals and shared locks',
      'a process of its own, started with attach-daemon or by systemd',
    ),
  ],
  [/^(sharedarea|queue.*)$/, refused('there is no shared memory', 'Redis, or multiprocessing.shared_memory')],
  [/^(cache.*|add-cache-item|load-file-in-cache.*|check-cache|static-cache-.*)$/, cache],
  [
    /^(emperor|vassal|imperial|early-emperor|(call|exec|mount|umount|hook)-(as-)?(emperor|vassal)|hook-emperor|call-as-vassal|heartbeat|weight|auto-weight)/,
    refused(
      'there is no emperor',
      'start each file of that folder by itself: `postern vassals/site.ini`, one systemd unit per site',
    ),
  ],
  [
    /^(legion|subscri|subscribe|unsubscribe|multicast|notify-socket|start-unsubscribed|udp|propagate-touch|sni.*)/,
    cluster,
  ],
  [/^(fast|raw|ssl|forkpty)-?u?router|^forkpty|^zerg/, router],
  [
    /^(http|https)-/,
    unsupported('This is an option of uWSGI’s HTTP router; listeners here need none of it.'),
  ],
  [
    /^(route|error-route|response-route|final-route|collect-header|pull-header|response-header-collect|del-header|rem-header|pcre-jit|remap-modifier)/,
    unsupported(
      'This kind of routing is not taken.',
      'write it as a route in the site file (docs/site.md), or in edge.ts',
    ),
  ],
  [/^static-/, unsupported('This is not taken over.', 'nginx’s location in the generated site')],
  [
    /^(alarm|log-alarm|not-|backlog-alarm|lq-alarm|listen-queue-alarm|segfault-alarm|metric|metrics|enable-metrics|stats-push|snmp|carbon|nagios|rrdtool|zabbix|collectd)/,
    unsupported('Nothing is pushed.', '/metrics for Prometheus (`admin`), the stats JSON, and the log'),
  ],
  [
    /^(call|symcall)-?|^exception-handler|^after-request|^worker-exec|^hook-|^mount-|^umount-|^master-hook/,
    unsupported(
      'Hooks into uWSGI’s C functions are not run.',
      'exec-asap, exec-pre-app, exec-post-app and exec-as-user run commands',
    ),
  ],
  [
    /^(jail|libjail|jailed|jid|namespace|ns|ns-net|unshare|setns|cgroup|cap|emperor-cap|pivot|chroot|refork|re-fork|tuntap|limit-|fd-safe|safe-fd|force-cwd|force-gateway|netns|profiler|apparmor)/,
    service,
  ],
  [
    /^(wait-)/,
    unsupported(
      'The start waits for nothing.',
      'After= and Requires= in systemd, or exec-asap with a command that waits',
    ),
  ],
  [
    /^(websockets?-|chunked-input)/,
    unsupported('uWSGI’s WebSocket API is not there.', 'serve WebSockets by an ASGI server on its own path'),
  ],
  [/^(flock)/, unsupported('Files are not locked at start.', 'a socket in use is refused anyway')],
  [
    /^(php|cgi|xslt|webdav|glusterfs|gridfs|rados|notfound|geoip|pty|ssi)/,
    unsupported('This plugin is not there.'),
  ],
  [/^(psgi|perl|plshell)/, language('Perl')],
  [/^(rack|rails|ruby|rb|gemset|rvm|require|fiber|shared-r)/, language('Ruby')],
  [/^(lua)/, language('Lua')],
  [/^(mono)/, language('.NET')],
  [/^(jvm|jwsgi|ring|clojure|servlet)/, language('Java')],
  [/^(go|gccgo)/, language('Go')],
  [/^(v8)/, language('JavaScript')],
  [/^(pypy)/, refused('uWSGI’s embedded PyPy is not there', 'python = pypy3 runs the workers with PyPy')],
  [
    /^(coroae|stackless|dumbloop|mongrel2|zeromq|zmq|pam|ping|rsyslog|curl-cron|cron-curl|log-zeromq)/,
    unsupported('This plugin is not there.'),
  ],
]

/** For names that no family has: uWSGI has it, nobody was seen to use it. */
export const unknownToUs = unsupported('Nothing here corresponds to it.')
