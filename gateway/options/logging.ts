// What is logged of requests, how, and where.

import { z } from 'zod'
import { isLogSkip } from '../outside/log-skip.ts'
import { count } from './units.ts'

export const logging = {
  'disable-logging': z.boolean().default(false).describe('No access log (errors are still logged).'),
  'log-4xx': z.boolean().default(false).describe('Log answers of 400 to 499 even with disable-logging.'),
  'log-5xx': z.boolean().default(false).describe('Log answers of 500 and more even with disable-logging.'),
  'log-slow': count(86_400_000)
    .default(0)
    .describe('Log requests that took so many milliseconds even with disable-logging; 0 is off.'),
  'log-skip': z
    .array(
      z.string().refine(isLogSkip, {
        error: 'a path, or path=, host=, user-agent= or remote-addr= with a regular expression',
      }),
    )
    .default([])
    .describe(
      'Requests whose answers under 400 are not logged (health checks); failures always are. `/path`, or a regular expression: `path=^/health`, `user-agent=^kube-probe`, `host=…`, `remote-addr=…`.',
    ),
  'log-big': count(2 ** 50)
    .default(0)
    .describe('Log answers of so many bytes and more even with disable-logging; 0 is off.'),
  'log-zero': z.boolean().default(false).describe('Log answers without a body even with disable-logging.'),
  'log-date': z
    .string()
    .optional()
    .describe('strftime format put before every text line of the log; default ISO 8601.'),
  'logformat-strftime': z.boolean().default(false).describe('%(ftime) in log-format follows log-date.'),
  'log-maxsize': count(2 ** 50)
    .default(0)
    .describe('Bytes after which the log file is moved away; 0 is never.'),
  'log-backupname': z
    .string()
    .optional()
    .describe('Name of the moved log file; default `<name>.<seconds since 1970>`.'),
  'log-truncate': z.boolean().default(false).describe('Begin with an empty log file.'),
  'log-json': z.boolean().default(false).describe('Every log line is a JSON object.'),
  'log-x-forwarded-for': z.boolean().default(false).describe('%(addr) is the first of X-Forwarded-For.'),
  'log-format': z.string().optional().describe('Access log in uWSGI’s variables, or `json`.'),
  logto: z.string().optional().describe('Log file; default standard error.'),
  'req-logto': z
    .string()
    .optional()
    .describe('File of the access log alone; `-` is standard error. Default: with the rest.'),
}
