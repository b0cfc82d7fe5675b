// What makes a running gateway reload, reopen or rotate: files that are touched, code that changes, a fifo.

import { z } from 'zod'
import { seconds } from './units.ts'

export const triggers = {
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
}
