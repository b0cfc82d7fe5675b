// Routes: conditions, one action, and policies. A route with a path and no other condition is an nginx location; any
// other is decided by njs, in the order of the list, before the application is asked.

import { z } from 'zod'
import { policyShape } from './policies.ts'
import { filePath, headerName, headerValue, identifier, isRegex, plainHost, urlPath } from './units.ts'

const regex = z
  .string()
  .max(500)
  .refine((text) => isRegex(text), { error: 'a regular expression' })

const match = z
  .union(
    [
      z.string(),
      z.array(z.string()).min(1),
      z.boolean(),
      z.strictObject({ startsWith: z.string().min(1) }),
      z.strictObject({ matches: regex }),
    ],
    {
      error: 'a value, a list of values, true (present), false (absent), { startsWith: … } or { matches: … }',
    },
  )
  .describe(
    'A value, a list of values, true for present, false for absent, `{ startsWith }` or `{ matches }`.',
  )

const percent = z.strictObject({
  share: z.number().min(0).max(100).describe('How many of a hundred visitors.'),
  by: z
    .union([
      z.strictObject({ cookie: identifier }),
      z.strictObject({ header: headerName }),
      z.literal('address'),
    ])
    .default({ cookie: 'postern_share' })
    .describe('What makes two requests the same visitor; a cookie is set when there is none.'),
  salt: z.string().max(64).default('').describe('Another salt, another choice of visitors.'),
})

const time = z.strictObject({
  from: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('Not before, such as "2026-12-24T18:00:00+01:00".'),
  until: z.iso.datetime({ offset: true }).optional().describe('Not from then on.'),
  daily: z
    .tuple([z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/), z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/)])
    .optional()
    .describe('Between two times of day, such as ["22:00", "06:00"].'),
  days: z
    .array(z.enum(['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']))
    .optional()
    .describe('On these days.'),
  utcOffsetMinutes: z
    .int()
    .min(-840)
    .max(840)
    .default(0)
    .describe('Difference of local time to UTC, for daily and days.'),
})

const conditionShape = {
  path: urlPath.optional().describe('A path; one that ends with / stands for everything below it.'),
  matches: regex
    .optional()
    .describe('A regular expression for the path; its groups are {1} to {9} in targets.'),
  methods: z
    .array(z.string().regex(/^[A-Z]+$/))
    .min(1)
    .optional()
    .describe('Request methods, in capitals.'),
  hosts: z
    .array(z.union([plainHost, z.string().regex(/^\*\.[a-z0-9.-]+$/)]))
    .optional()
    .describe('Hosts, `*.example.org` for subdomains.'),
  requestHeaders: z.record(headerName, match).optional().describe('Request headers.'),
  cookies: z.record(headerName, match).optional().describe('Cookies.'),
  query: z.record(z.string(), match).optional().describe('Arguments of the query.'),
  percent: z
    .union([
      z
        .number()
        .min(0)
        .max(100)
        .transform((share) => percent.parse({ share })),
      percent,
    ])
    .optional()
    .describe('A share of the visitors, the same visitor always on the same side.'),
  time: time.optional().describe('A time window.'),
}

const respond = z.strictObject({
  status: z.int().min(200).max(599).default(200).describe('Status.'),
  body: z.string().max(2000).default('').describe('Body.'),
  type: headerValue.default('text/plain; charset=utf-8').describe('Content-Type.'),
})

const actionShape = {
  app: identifier.optional().describe('Ask this application; the only one is called main.'),
  upstream: identifier.optional().describe('Ask these servers on other hosts (a name from `upstreams`).'),
  redirect: z
    .string()
    .regex(/^(?:https?:\/\/|\/)[^\s\u0000-\u001f\u007f]*$/, { error: 'a path or a URL' })
    .optional()
    .describe('Send the visitor elsewhere. {path}, {?args}, {host} and {1} to {9} are replaced.'),
  rewrite: urlPath
    .optional()
    .describe('Show the application another path. {path} and {1} to {9} are replaced.'),
  respond: respond.optional().describe('Answer at once.'),
  folder: filePath.optional().describe('Serve files from this folder.'),
  maintenance: z.literal(true).optional().describe('Show the maintenance page (503).'),
}
const actions = Object.keys(actionShape)

export const route = z
  .strictObject({
    name: identifier.optional().describe('For logs and for edge.ts.'),
    ...conditionShape,
    ...actionShape,
    status: z
      .union([z.literal(301), z.literal(302), z.literal(303), z.literal(307), z.literal(308)])
      .default(308)
      .describe('Status of a redirect.'),
    fallback: z
      .string()
      .optional()
      .describe('With folder: the file for unknown paths without an extension (a single-page application).'),
    websocket: z.boolean().optional().describe('With upstream: pass WebSocket upgrades on.'),
    ...policyShape,
  })
  .refine((one) => actions.filter((key) => one[key as keyof typeof one] !== undefined).length <= 1, {
    error: `at most one of ${actions.join(', ')}`,
  })
  .refine((one) => one.path === undefined || one.matches === undefined, {
    error: 'either path or matches, not both',
  })

export type Route = z.output<typeof route>
export type Match = z.output<typeof match>
