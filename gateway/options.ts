// The gateway's options: one schema, from which types, defaults, gateway.json's check and docs are made.
// Names are uWSGI's wherever uWSGI has one. Knows nothing of ini files, the site file or the command line.

import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { PosternError } from '../errors.ts'
import { autoGateways } from './fleet/share.ts'
import { isLogSkip } from './outside/log-skip.ts'

const count = (limit: number) => z.int().min(0, 'at least 0').max(limit, `at most ${limit}`)
const seconds = z.number().min(0, 'at least 0').max(86_400, 'at most 86400 seconds')

export const gatewayOptions = z.strictObject({
  socket: z
    .array(z.string())
    .default([])
    .describe(
      'Sockets that tell FastCGI, uwsgi and HTTP apart by the first byte: a path, `:8000`, `host:port`, `fd://3`.',
    ),
  http: z
    .array(z.string())
    .default([])
    .describe('HTTP listeners for browsers and proxies: `:8000`, `host:port` or a path.'),
  'chmod-socket': z
    .string()
    .regex(/^[0-7]{3,4}$/)
    .default('660')
    .describe('Mode of Unix sockets, octal.'),
  'chown-socket': z.string().optional().describe('Owner of Unix sockets, `user[:group]`.'),
  listen: count(65_535).default(4096).describe('Backlog of each listening socket.'),
  module: z
    .string()
    .optional()
    .describe('Application as `pkg.module`, `pkg.module:callable` or `pkg.module:factory()`.'),
  'wsgi-file': z.string().optional().describe('Application as a Python file.'),
  callable: z.string().optional().describe('Name of the WSGI callable; default `application`, then `app`.'),
  mount: z
    .array(z.string())
    .default([])
    .describe('Applications on prefixes: `/prefix=module:callable` or `/prefix=file.py`.'),
  chdir: z.string().optional().describe('Working directory of the workers.'),
  pythonpath: z.array(z.string()).default([]).describe('Directories put at the front of sys.path.'),
  python: z.string().default('python3').describe('The interpreter that runs the workers.'),
  home: z.string().optional().describe('A virtualenv; its own interpreter runs the workers.'),
  env: z.record(z.string(), z.string()).default({}).describe('Environment variables for the workers.'),
  unenv: z.array(z.string()).default([]).describe('Environment variables the workers must not have.'),
  pyargv: z.string().optional().describe('What follows the first item of sys.argv, split as a shell does.'),
  import: z
    .array(z.string())
    .default([])
    .describe('Modules or files imported before the application, in order.'),
  paste: z
    .string()
    .optional()
    .describe('Application from a PasteDeploy file: `config:/abs/development.ini`, `config:app.ini#name`.'),
  'uwsgi-module': z
    .boolean()
    .default(false)
    .describe('Applications can import `uwsgi` and `uwsgidecorators` (a small part of them).'),
  umask: z
    .string()
    .regex(/^[0-7]{1,4}$/)
    .optional()
    .describe('File mode mask of the workers, octal.'),
  chdir2: z.string().optional().describe('Working directory after the application has been loaded.'),
  'add-gid': z.array(z.string()).default([]).describe('Supplementary groups besides the user’s own.'),
  'limit-as': count(2 ** 24)
    .default(0)
    .describe('MiB of address space a worker may have (setrlimit); 0 is no limit.'),
  'max-fd': count(2 ** 30)
    .default(0)
    .describe('Open files a worker may have (setrlimit); 0 is as inherited.'),
  'thread-stacksize': count(2 ** 20)
    .default(0)
    .describe('KiB of stack of each worker thread; 0 is Python’s own.'),
  procname: z.string().optional().describe('Name of the worker processes, as `top` shows it (15 bytes).'),
  'procname-prefix': z.string().optional().describe('Put before the names of all processes.'),
  'procname-append': z.string().optional().describe('Put after the names of all processes.'),
  gateways: z
    .union([count(64).min(1), z.string().regex(/^(auto|[1-9]\d?)$/, 'a number or auto')])
    .transform((value) => (value === 'auto' ? autoGateways(availableParallelism()) : Number(value)))
    .pipe(count(64).min(1))
    .default(1)
    .describe(
      'Gateway processes, each with its own Unix socket (`x.sock`, `x.2.sock`, …) and its part of the workers. `auto`: one for every four processors.',
    ),
  processes: count(1024).min(1).default(1).describe('Worker processes.'),
  threads: count(1024).min(1).default(1).describe('Threads per worker; each is one lane.'),
  preload: z
    .enum(['auto', 'on', 'off'])
    .default('auto')
    .describe(
      'Import the application once and fork (on), per worker (off), or decide by what the import opened (auto).',
    ),
  harakiri: seconds.default(0).describe('Seconds a request may run; 0 is no limit.'),
  'close-timeout': seconds
    .optional()
    .describe(
      'Seconds that close() of an answered request may take; default `harakiri`, else 60; 0 is no limit.',
    ),
  'max-requests': count(2 ** 31)
    .default(0)
    .describe('Requests after which a worker is replaced; 0 is never.'),
  'max-requests-delta': count(2 ** 31)
    .optional()
    .describe('Jitter: each worker’s own limit is up to this much higher; default a tenth of max-requests.'),
  'max-worker-lifetime-delta': seconds
    .optional()
    .describe('Jitter of max-worker-lifetime; default a tenth of it.'),
  'min-worker-lifetime': seconds
    .default(10)
    .describe('Seconds a worker serves at least before a limit replaces it.'),
  'max-worker-lifetime': seconds.default(0).describe('Seconds after which a worker is replaced; 0 is never.'),
  'reload-on-rss': count(2 ** 20)
    .default(0)
    .describe('MiB of resident memory after which a worker is replaced; 0 is never.'),
  'evil-reload-on-rss': count(2 ** 20)
    .default(0)
    .describe('MiB of resident memory at which a worker is killed at once; 0 is never.'),
  'reload-on-as': count(2 ** 20)
    .default(0)
    .describe('MiB of address space after which a worker is replaced; 0 is never.'),
  'evil-reload-on-as': count(2 ** 20)
    .default(0)
    .describe('MiB of address space at which a worker is killed at once; 0 is never.'),
  'worker-reload-mercy': seconds
    .default(60)
    .describe('Seconds a draining worker has to finish its requests.'),
  'reload-mercy': seconds
    .default(60)
    .describe('Seconds a stopping gateway gives the requests it has; then they are cut.'),
  'boot-timeout': seconds
    .min(1)
    .default(120)
    .describe('Seconds a template or a worker may take to load the application.'),
  'catch-exceptions': z
    .boolean()
    .default(false)
    .describe('Shows the traceback of a failed request to the client. For development only.'),
  'need-app': z
    .boolean()
    .default(true)
    .describe('Exit with code 4 when the application does not load at start; else answer 503 and try again.'),
  cheaper: count(1024)
    .optional()
    .describe('Fewest workers; with it their number follows the queue, up to `processes`.'),
  'cheaper-initial': count(1024).optional().describe('Workers at start; default `cheaper`.'),
  'cheaper-step': count(1024).default(1).describe('Workers added at a time when requests wait.'),
  'touch-reload': z.array(z.string()).default([]).describe('Files whose change reloads the application.'),
  'fs-reload': z
    .array(z.string())
    .default([])
    .describe('Files or directories; a change anywhere in them reloads the application.'),
  'py-autoreload': seconds
    .default(0)
    .describe('Development: reload when a Python file under chdir changes, looked at every so many seconds.'),
  'touch-logreopen': z.array(z.string()).default([]).describe('Files whose change reopens the log.'),
  'touch-logrotate': z
    .array(z.string())
    .default([])
    .describe('Files whose change moves the log away and starts a new one.'),
  'touch-exec': z
    .array(z.string())
    .default([])
    .describe('`file command`: a command run when the file changes.'),
  'master-fifo': z
    .array(z.string())
    .default([])
    .describe('Named pipes that take uWSGI’s one-letter commands (r, R, c, q, Q, w, W, +, -, p, s, l, P).'),
  'queue-limit': count(1_000_000)
    .default(1024)
    .describe('Requests that may wait for a lane; more are answered 503.'),
  'queue-timeout': seconds
    .default(30)
    .describe('Seconds a request may wait for a lane before it is answered 503.'),
  'buffer-size': count(65_535).default(65_535).describe('Largest request head in bytes.'),
  'body-files': z
    .string()
    .optional()
    .describe(
      'Folder of request bodies that nginx has stored: the application reads a POSTERN_BODY_FILE there itself.',
    ),
  'limit-post': count(2 ** 40)
    .default(0)
    .describe('Largest request body in bytes; 0 is no limit of its own.'),
  'body-buffering': count(2 ** 50)
    .default(2 ** 30)
    .describe(
      'Bytes of disk (in TMPDIR) that bodies on HTTP listeners may take together while they are awaited whole, so that no worker waits for a slow client and chunked ones have a CONTENT_LENGTH; 0: they stream.',
    ),
  'socket-timeout': seconds
    .default(60)
    .describe('Seconds without a byte of a request body, or without the peer taking one of its answer.'),
  'http-enable-proxy-protocol': z
    .boolean()
    .default(false)
    .describe(
      'Every connection to an HTTP listener begins with a header of the PROXY protocol (1 or 2) that names the client.',
    ),
  'trusted-proxies': z
    .array(z.string())
    .default([])
    .describe(
      'Whose X-Forwarded-For and X-Forwarded-Proto count on HTTP listeners: addresses, networks, `unix`, or `*`.',
    ),
  'static-map': z
    .array(z.string())
    .default([])
    .describe('Files served on HTTP listeners without a worker: `/mount=/directory` or `/mount=/file`.'),
  'static-map2': z
    .array(z.string())
    .default([])
    .describe('As static-map, but the mount is kept: `/static=/srv` serves /srv/static/….'),
  'check-static': z
    .array(z.string())
    .default([])
    .describe('Directories looked into for every path before the application is asked (HTTP listeners).'),
  'static-index': z.array(z.string()).default([]).describe('File names served for directories.'),
  'static-safe': z
    .array(z.string())
    .default([])
    .describe('Directories that links in static directories may lead to.'),
  'static-expires': z
    .array(z.string())
    .default([])
    .describe('`regex seconds`: how long files whose path matches may be cached.'),
  'run-dir': z.string().default('run').describe('Directory for sockets and pid files of this gateway.'),
  'control-socket': z
    .string()
    .optional()
    .describe('Path of the control socket; default <run-dir>/control.sock.'),
  stats: z.string().optional().describe('Address that serves uWSGI-compatible stats JSON.'),
  'stats-http': z.boolean().default(false).describe('Put an HTTP head before the stats JSON.'),
  admin: z
    .string()
    .optional()
    .describe('Address of an HTTP listener with /metrics, /-/live, /-/ready and /-/status; keep it private.'),
  health: z
    .boolean()
    .default(true)
    .describe('Answer /-/live and /-/ready on the ordinary listeners too, without a worker.'),
  pidfile: z.string().optional().describe('File that holds the gateway’s process id while it runs.'),
  pidfile2: z.string().optional().describe('A second one, written after the privileges have been dropped.'),
  'exec-asap': z.array(z.string()).default([]).describe('Shell commands run before anything else.'),
  'exec-pre-app': z
    .array(z.string())
    .default([])
    .describe('Shell commands run before the application is loaded.'),
  'exec-post-app': z
    .array(z.string())
    .default([])
    .describe('Shell commands run when the application has been loaded.'),
  'exec-as-root': z
    .array(z.string())
    .default([])
    .describe('Shell commands run before the privileges are dropped.'),
  'exec-as-user': z
    .array(z.string())
    .default([])
    .describe('Shell commands run after the privileges have been dropped.'),
  'exec-as-user-atexit': z
    .array(z.string())
    .default([])
    .describe('Shell commands run when the gateway stops.'),
  'attach-daemon': z
    .array(z.string())
    .default([])
    .describe('Commands started with the gateway, kept running, started anew by a reload, stopped with it.'),
  'smart-attach-daemon': z
    .array(z.string())
    .default([])
    .describe('As attach-daemon, but a reload does not start them anew: caches, databases.'),
  cron: z
    .array(z.string())
    .default([])
    .describe('`minute hour day month weekday command`; -1 is every, -n every n-th, as in uWSGI.'),
  'disable-logging': z.boolean().default(false).describe('No access log (errors are still logged).'),
  'log-4xx': z.boolean().default(false).describe('Log answers of 400 to 499 even with disable-logging.'),
  'log-5xx': z.boolean().default(false).describe('Log answers of 500 and more even with disable-logging.'),
  'log-slow': count(86_400_000)
    .default(0)
    .describe('Log requests that took so many milliseconds even with disable-logging; 0 is off.'),
  'log-skip': z
    .array(
      z.string().refine(isLogSkip, {
        error: 'a path, or path=, host=, user-agent= or remote-addr= with a regular expression',
      }),
    )
    .default([])
    .describe(
      'Requests whose answers under 400 are not logged (health checks); failures always are. `/path`, or a regular expression: `path=^/health`, `user-agent=^kube-probe`, `host=…`, `remote-addr=…`.',
    ),
  'log-big': count(2 ** 50)
    .default(0)
    .describe('Log answers of so many bytes and more even with disable-logging; 0 is off.'),
  'log-zero': z.boolean().default(false).describe('Log answers without a body even with disable-logging.'),
  'log-date': z
    .string()
    .optional()
    .describe('strftime format put before every text line of the log; default ISO 8601.'),
  'logformat-strftime': z.boolean().default(false).describe('%(ftime) in log-format follows log-date.'),
  'log-maxsize': count(2 ** 50)
    .default(0)
    .describe('Bytes after which the log file is moved away; 0 is never.'),
  'log-backupname': z
    .string()
    .optional()
    .describe('Name of the moved log file; default `<name>.<seconds since 1970>`.'),
  'log-truncate': z.boolean().default(false).describe('Begin with an empty log file.'),
  'log-json': z.boolean().default(false).describe('Every log line is a JSON object.'),
  'log-x-forwarded-for': z.boolean().default(false).describe('%(addr) is the first of X-Forwarded-For.'),
  'log-format': z.string().optional().describe('Access log in uWSGI’s variables, or `json`.'),
  logto: z.string().optional().describe('Log file; default standard error.'),
  'req-logto': z
    .string()
    .optional()
    .describe('File of the access log alone; `-` is standard error. Default: with the rest.'),
  uid: z.string().optional().describe('User (name or number) to become after the sockets are bound.'),
  gid: z.string().optional().describe('Group (name or number) to become; default the user’s own.'),
})

export type GatewayOptions = z.infer<typeof gatewayOptions>
export type GatewayOptionsInput = z.input<typeof gatewayOptions>

/** Checks options and fills in defaults; every problem is named at once. */
export function readOptions(input: unknown, source = 'options'): GatewayOptions {
  const parsed = gatewayOptions.safeParse(input)
  if (!parsed.success) {
    const problems = parsed.error.issues
      .map((issue) => `${issue.path.length > 0 ? `${issue.path.join('.')}: ` : ''}${issue.message}`)
      .join('; ')
    throw new PosternError('OPTIONS_INVALID', { file: source, problems })
  }
  const options = parsed.data
  if (options.socket.length + options.http.length === 0) {
    throw new PosternError('NOTHING_TO_LISTEN_ON', undefined)
  }
  const named = options.module ?? options['wsgi-file'] ?? options.paste ?? options.mount[0]
  if (named === undefined) {
    throw new PosternError('NO_APPLICATION', undefined)
  }
  return options
}
