// What of a running gateway is seen and run outside: folders, pages, pid files, hooks, daemons, timers.

import { z } from 'zod'

export const outside = {
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
}
