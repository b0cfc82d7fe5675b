// The site file's schema: the one source of its types, defaults, messages and documentation (docs/site.md).
// Every key has a description; every default is here. Decisions that need facts (the nginx version, Django's
// settings, who runs the build) are made in generate/model, never here.

import { z } from 'zod'
import { gatewayOptions } from '../../gateway/options.ts'
import { app, apps } from './apps.ts'
import { mediaFolder, staticFolder } from './folders.ts'
import { logs } from './logs.ts'
import { policy, rateLimit } from './policies.ts'
import { route } from './routes.ts'
import { tls } from './tls.ts'
import {
  address,
  duration,
  filePath,
  headerName,
  headerValue,
  identifier,
  network,
  plainHost,
  serverName,
  size,
  urlPath,
} from './units.ts'
import { upstream } from './upstreams.ts'

/** What the site itself decides about its gateway. */
const decided = ['socket', 'http', 'module', 'wsgi-file', 'callable', 'mount', 'run-dir'] as const
type GatewayPart = Partial<Omit<z.input<typeof gatewayOptions>, (typeof decided)[number]>>

/** Without the defaults: the gateway has its own, and gateway.json says only what the site file says. */
const gateway = z.strictObject(
  Object.fromEntries(
    Object.entries(gatewayOptions.shape)
      .filter(([name]) => !(decided as readonly string[]).includes(name))
      .map(([name, schema]) => {
        const bare: z.ZodType = schema instanceof z.ZodDefault ? (schema.unwrap() as z.ZodType) : schema
        return [name, bare.optional()]
      }),
  ),
) as unknown as z.ZodType<GatewayPart, GatewayPart>

const limits = z.strictObject({
  body: size.default('100m').describe('Largest request body; more gets 413.'),
  headers: size.default('8k').describe('Largest single request header line; more gets 400.'),
  headerLines: z
    .int()
    .min(1)
    .max(1000)
    .default(100)
    .describe('Most header lines, where nginx can count them.'),
})

const timeouts = z.strictObject({
  app: duration
    .optional()
    .describe(
      'How long nginx waits for the application. Default: the gateway’s harakiri and 5 seconds more, else 65s.',
    ),
  headers: duration.default(15_000).describe('How long a client may take to send its headers.'),
  body: duration.default(30_000).describe('How long a client may pause while it sends a body.'),
  send: duration.default(30_000).describe('How long a client may pause while it receives.'),
  keepalive: duration.default(65_000).describe('How long an idle connection stays open.'),
})

const realIp = z.strictObject({
  from: z.array(network).min(1).describe('The proxies in front of nginx whose word about the client counts.'),
  header: headerName.default('X-Forwarded-For').describe('Where they write the client’s address.'),
  proto: z.boolean().default(true).describe('Their X-Forwarded-Proto counts too.'),
})

const compress = z.strictObject({
  on: z.boolean().default(true).describe('Compress answers (gzip).'),
  level: z.int().min(1).max(9).default(5).describe('1 is quick, 9 is small.'),
  minLength: size.default('256').describe('Smaller answers are left alone.'),
  assets: z
    .boolean()
    .default(true)
    .describe('Compress static files when the site is built (br, gzip, zstd), and serve the best form.'),
})

const tokens = z.strictObject({
  secret: z
    .string()
    .min(32)
    .max(512)
    .describe('The key that signed them, at least 32 characters. Better from process.env than in the file.'),
  cookie: identifier
    .optional()
    .describe('The cookie that holds the token. Default: the Authorization header (Bearer).'),
  issuer: z.string().optional().describe('Required `iss`.'),
  audience: z.string().optional().describe('Required `aud`.'),
  leeway: z.int().min(0).max(300).default(30).describe('Seconds of clock difference that are forgiven.'),
})

const nginx = z.strictObject({
  binary: filePath.optional().describe('The nginx to build for. Default: the installed one.'),
  version: z
    .string()
    .regex(/^\d+\.\d+\.\d+$/)
    .optional()
    .describe('Build for this version instead of asking the binary.'),
  workers: z
    .union([z.literal('auto'), z.int().min(1).max(1024)])
    .default('auto')
    .describe('Worker processes.'),
  drain: duration
    .refine((ms) => ms > 0, { error: 'longer than nothing' })
    .default(3_600_000)
    .describe('How long open requests and WebSockets of the old configuration may go on after a reload.'),
  connections: z.int().min(64).max(1_000_000).default(4096).describe('Connections per worker.'),
})

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
      .describe(
        'Requests for other names: close the connection, answer 421, or serve them all the same. Over https the handshake fails.',
      ),
    app: app.optional().describe('The application, when there is one: `django({ … })` or `wsgi({ … })`.'),
    apps: apps.optional().describe('The applications by name, when there are several.'),
    gateway: gateway.default({}).describe('Options of the gateway, in uWSGI’s names (docs/options.md).'),
    static: z
      .array(staticFolder)
      .optional()
      .describe('Folders of files served by nginx itself. Default: Django’s STATIC_URL and STATIC_ROOT.'),
    media: z
      .array(mediaFolder)
      .optional()
      .describe('Folders of uploads. Default: Django’s MEDIA_URL and MEDIA_ROOT.'),
    headers: z
      .record(headerName, headerValue)
      .default({})
      .describe('Response headers added to everything the site sends.'),
    securityHeaders: z
      .boolean()
      .default(true)
      .describe(
        'nosniff, Referrer-Policy, Cross-Origin-Opener-Policy and X-Frame-Options where the application sends none.',
      ),
    aliases: z
      .array(plainHost)
      .default([])
      .describe('Names that redirect to the first of serverNames, such as "www.example.org".'),
    routes: z
      .array(route)
      .default([])
      .describe('Exceptions to "everything goes to the application"; see Routes.'),
    redirects: z
      .record(
        urlPath,
        z.string().regex(/^(?:https?:\/\/|\/)[^\s\u0000-\u001f\u007f]*$/, { error: 'a path or a URL' }),
      )
      .default({})
      .describe('Moved paths: old path to new path or URL, permanently (308). The query is kept.'),
    upstreams: z
      .record(identifier, upstream)
      .default({})
      .describe('Servers on other hosts, by name, for routes.'),
    tls: tls.optional().describe('https. Without it the site is plain http.'),
    limits: limits.prefault({}).describe('What a request may weigh.'),
    timeouts: timeouts.prefault({}).describe('How long things may take.'),
    rateLimits: z
      .record(identifier, rateLimit)
      .default({})
      .describe('Rate limits shared by several routes, by name.'),
    all: policy
      .prefault({})
      .describe(
        'Policies of everything the applications, edge.ts and routes answer; a route’s own win. allow, deny, password and clientCertificate hold for static and media too.',
      ),
    realIp: realIp.optional().describe('There are proxies in front of nginx.'),
    compress: compress.prefault({}).describe('Compression.'),
    nginx: nginx.prefault({}).describe('The nginx the site is built for.'),
    logs: logs.prefault({}).describe('Logs.'),
    maintenance: z
      .strictObject({
        file: filePath
          .optional()
          .describe('While this file exists the site is closed. Default: maintenance in the run directory.'),
        allow: z.array(network).default([]).describe('Who sees the site all the same.'),
        title: z.string().max(100).optional().describe('Headline of the page.'),
        text: z.string().max(500).optional().describe('Text of the page.'),
      })
      .optional()
      .describe('A switch that closes the site.'),
    tokens: tokens.optional().describe('Signed tokens (JWT, HS256) for routes with `token: true`.'),
    trace: z
      .union([
        z.boolean(),
        z.strictObject({
          trustIncoming: z.boolean().default(false).describe('Go on with the ids that requests bring along.'),
        }),
      ])
      .default(false)
      .describe('W3C Trace Context: the application gets `traceparent` and the same request id as the log.'),
    contentSecurityPolicy: headerValue
      .optional()
      .describe(
        'Content-Security-Policy where the application sends none; `{nonce}` is replaced, and the application finds it in environ as CSP_NONCE.',
      ),
    signedLinks: z
      .strictObject({
        secret: z.string().min(32).max(256).describe('Shared with the application, which makes the links.'),
      })
      .optional()
      .describe('For media with access "signed".'),
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
