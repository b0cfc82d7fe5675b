// Where the gateway listens.

import { z } from 'zod'
import { count } from './units.ts'

export const listening = {
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
}
