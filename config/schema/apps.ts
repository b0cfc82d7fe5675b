// The applications of a site: Django projects, other WSGI applications, servers on other hosts.

import { z } from 'zod'
import { filePath, identifier, urlFolder } from './units.ts'

const moduleName = z.string().regex(/^[A-Za-z_][\w.]*(?::[A-Za-z_][\w.]*(?:\(.*\))?)?$/, {
  error: '"package.module", "package.module:callable" or "package.module:factory()"',
})

const at = urlFolder.default('/').describe('The path the application lives under; it becomes SCRIPT_NAME.')

const python = z
  .string()
  .optional()
  .describe('The project’s interpreter. Default: the virtualenv’s own, else `python3`.')
const home = filePath
  .optional()
  .describe('The project’s virtualenv. Default: `.venv`, `venv` or `env` in the project, or $VIRTUAL_ENV.')
const env = z
  .record(z.string().regex(/^[A-Za-z_]\w*$/), z.string())
  .default({})
  .describe('Environment variables of the application.')

export const djangoApp = z.strictObject({
  kind: z.literal('django').describe('A Django project; its settings are read when the site is built.'),
  project: filePath.default('.').describe('The folder that holds manage.py, from the site file.'),
  at,
  settings: z
    .string()
    .regex(/^[A-Za-z_]\w*(?:\.\w+)*$/, { error: 'a module such as "mysite.settings"' })
    .optional()
    .describe(
      'Settings module, for the build and for the application. Default: $DJANGO_SETTINGS_MODULE, else what wsgi.py says, else manage.py.',
    ),
  module: moduleName.optional().describe('WSGI application; default the settings’ WSGI_APPLICATION.'),
  python,
  home,
  env,
})

export const wsgiApp = z
  .strictObject({
    kind: z.literal('wsgi').describe('Any other WSGI application.'),
    project: filePath.default('.').describe('Working directory of the application, from the site file.'),
    at,
    module: moduleName.optional().describe('The application as `package.module:callable`.'),
    file: filePath.optional().describe('The application as a Python file, from `project`.'),
    callable: z
      .string()
      .regex(/^[A-Za-z_]\w*$/)
      .optional()
      .describe('Name of the callable; default `application`, then `app`.'),
    python,
    home,
    env,
  })
  .refine((app) => (app.module === undefined) !== (app.file === undefined), {
    error: 'exactly one of module and file',
  })

export const app = z.discriminatedUnion('kind', [djangoApp, wsgiApp])
export const apps = z.record(identifier, app)

export type App = z.output<typeof app>
export type DjangoApp = z.output<typeof djangoApp>
export type WsgiApp = z.output<typeof wsgiApp>
export type DjangoInput = Omit<z.input<typeof djangoApp>, 'kind'>
export type WsgiInput = Omit<z.input<typeof wsgiApp>, 'kind'>
