// What `nginx -t` would refuse, as findings. Knows only how to say it; the judgement is conf/check's.

import { verdict } from '../conf/check/verdict.ts'
import type { Conf } from '../conf/include.ts'
import type { Finding } from './rule.ts'

/** The name under which these findings are shown, ignored and explained. */
export const NGINX_TEST = 'nginx-test'

/** Refusals of the directives; faults of syntax and includes are told elsewhere. */
export function nginxTest(nginx: string, context: readonly string[] | undefined): (conf: Conf) => Finding[] {
  return (conf) =>
    verdict(conf, { nginx, ...(context === undefined ? {} : { context }) })
      .filter(({ severity, code }) => severity === 'error' && code !== 'syntax' && code !== 'include')
      .map(({ file, span, message, hint }) => ({
        file,
        line: span.start.line,
        column: span.start.column,
        endLine: span.end.line,
        endColumn: span.end.column,
        rule: NGINX_TEST,
        severity: 'error',
        confidence: 'high',
        message,
        help: hint ?? `nginx ${nginx} does not start with this`,
      }))
}
