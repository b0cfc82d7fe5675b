// What a request may be, how it waits, and who may speak for its client; files answered without the application.

import { z } from 'zod'
import { count, seconds } from './units.ts'

export const requests = {
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
  'direct-answers': z
    .boolean()
    .default(true)
    .describe(
      'Workers answer on the FastCGI connections that nginx keeps open themselves; the gateway passes them the descriptors. Off: every answer goes through the gateway.',
    ),
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
}
