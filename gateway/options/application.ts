// Which application is run, with what Python, and what its processes may have.

import { z } from 'zod'
import { count } from './units.ts'

export const application = {
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
}
