// The gateway's options: one schema, from which types, defaults, gateway.json's check and docs are made.
// Names are uWSGI's wherever uWSGI has one. Knows nothing of ini files, the site file or the command line.

import { z } from 'zod'

const count = (limit: number) => z.int().min(0).max(limit)
const seconds = z.number().min(0).max(86_400)

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
  processes: count(1024).default(1).describe('Worker processes.'),
  threads: count(1024).default(1).describe('Threads per worker; each is one lane.'),
  preload: z
    .enum(['auto', 'on', 'off'])
    .default('auto')
    .describe(
      'Import the application once and fork (on), per worker (off), or decide by what the import opened (auto).',
    ),
  harakiri: seconds.default(0).describe('Seconds a request may run; 0 is no limit.'),
  'max-requests': count(2 ** 31)
    .default(0)
    .describe('Requests after which a worker is replaced; 0 is never.'),
  'max-worker-lifetime': seconds.default(0).describe('Seconds after which a worker is replaced; 0 is never.'),
  'reload-on-rss': count(2 ** 20)
    .default(0)
    .describe('MiB of resident memory after which a worker is replaced; 0 is never.'),
  'worker-reload-mercy': seconds
    .default(60)
    .describe('Seconds a draining worker has to finish its requests.'),
  'queue-limit': count(1_000_000)
    .default(1024)
    .describe('Requests that may wait for a lane; more are answered 503.'),
  'queue-timeout': seconds
    .default(30)
    .describe('Seconds a request may wait for a lane before it is answered 503.'),
  'buffer-size': count(65_535).default(65_535).describe('Largest request head in bytes.'),
  'limit-post': count(2 ** 40)
    .default(0)
    .describe('Largest request body in bytes; 0 is no limit of its own.'),
  'run-dir': z.string().default('run').describe('Directory for sockets and pid files of this gateway.'),
  'control-socket': z
    .string()
    .optional()
    .describe('Path of the control socket; default <run-dir>/control.sock.'),
  stats: z.string().optional().describe('Address that serves uWSGI-compatible stats JSON.'),
  pidfile: z.string().optional(),
  'disable-logging': z.boolean().default(false).describe('No access log (errors are still logged).'),
  'log-format': z.string().optional().describe('Access log in uWSGI’s variables, or `json`.'),
  logto: z.string().optional().describe('Log file; default standard error.'),
  uid: z.string().optional(),
  gid: z.string().optional(),
})

export type GatewayOptions = z.infer<typeof gatewayOptions>
export type GatewayOptionsInput = z.input<typeof gatewayOptions>
