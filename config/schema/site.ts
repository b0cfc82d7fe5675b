// The site file's schema: the one source of its types, defaults, messages and documentation (docs/site.md).
// Every key has a description; every default is here. Decisions that need facts (the nginx version, Django's
// settings, who runs the build) are made in generate/model, never here.

import { z } from 'zod'
import { gatewayOptions } from '../../gateway/options.ts'
import { app, apps } from './apps.ts'
import { folderRoute } from './folders.ts'
import {
  address,
  duration,
  filePath,
  headerName,
  headerValue,
  identifier,
  serverName,
  size,
  urlPath,
} from './units.ts'

const gateway = gatewayOptions
  .omit({
    socket: true,
    http: true,
    module: true,
    'wsgi-file': true,
    callable: true,
    mount: true,
    'run-dir': true,
  })
  .partial()

export const site = z
  .strictObject({
    name: identifier
      .optional()
      .describe(
        'Names zones, upstreams and files of this site; default the folder’s name. Unique per nginx.',
      ),
    listen: z.array(address).min(1).default(['8080']).describe('Where nginx listens.'),
    serverNames: z
      .array(serverName)
      .optional()
      .describe('The names the site answers to. Default: Django’s ALLOWED_HOSTS, else every name.'),
    unknownHosts: z
      .enum(['drop', 'misdirected', 'serve'])
      .default('drop')
      .describe('Requests for other names: close the connection, answer 421, or serve them all the same.'),
    app: app.optional().describe('The application, when there is one: `django({ … })` or `wsgi({ … })`.'),
    apps: apps.optional().describe('The applications by name, when there are several.'),
    gateway: gateway.default({}).describe('Options of the gateway, in uWSGI’s names (docs/options.md).'),
    static: z
      .array(folderRoute)
      .optional()
      .describe('Folders of files served by nginx itself. Default: Django’s STATIC_URL and STATIC_ROOT.'),
    media: z
      .array(folderRoute)
      .optional()
      .describe('Folders of uploads. Default: Django’s MEDIA_URL and MEDIA_ROOT.'),
    headers: z
      .record(headerName, headerValue)
      .default({})
      .describe('Response headers added to everything the site sends.'),
    limits: z
      .strictObject({
        body: size.optional().describe('Largest request body. Default 64m.'),
      })
      .prefault({})
      .describe('What a request may weigh.'),
    timeouts: z
      .strictObject({
        app: duration
          .optional()
          .describe(
            'How long nginx waits for the application. Default: the gateway’s harakiri and 5 seconds more, else 65s.',
          ),
      })
      .prefault({})
      .describe('How long things may take.'),
    health: urlPath
      .optional()
      .describe('A path that answers 200 `ok` from nginx itself, for load balancers.'),
    edge: filePath
      .optional()
      .describe('The author’s own TypeScript for nginx (docs/edge.md). Default: edge.ts when it is there.'),
    user: z
      .string()
      .regex(/^[a-z_][a-z0-9_-]{0,31}$/)
      .optional()
      .describe('The user nginx’s workers become when it is started by root. Default www-data.'),
    runDir: filePath
      .optional()
      .describe('Sockets, pid files, logs and temporary files. Default: run/ in the output folder.'),
  })
  .refine((value) => (value.app === undefined) !== (value.apps === undefined) || value.app === undefined, {
    error: 'either app or apps, not both',
  })

export type SiteConfig = z.output<typeof site>
export type SiteInput = z.input<typeof site>
