// A limit that counts by something the client makes up.

import { variablesOf } from '../model/value.ts'
import type { Rule } from '../rule.ts'

const TOKEN = /^http_(?:authorization|x_api_key|api_key|x_auth_token|apikey|x_access_token)$/

export const rule: Rule = {
  name: 'limit-key-spoofable',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'security',
  summary: 'A rate or connection limit counts by a value that the client chooses.',
  why: 'A new X-Forwarded-For, cookie or argument with each request is a new counter with each request: the limit stops nobody. $binary_remote_addr is what the client cannot choose.',
  visits: ['limit_req_zone', 'limit_conn_zone'],
  bad: [
    'limit_req_zone $http_x_forwarded_for zone=a:10m rate=1r/s;',
    'limit_conn_zone $cookie_session zone=b:10m;',
    'limit_req_zone $http_user_agent zone=c:10m rate=1r/s;',
    'limit_req_zone $arg_user zone=d:10m rate=1r/s;',
    'limit_req_zone $proxy_add_x_forwarded_for zone=e:1m rate=1r/s;',
    'map $http_x_real_ip $key { default $http_x_real_ip; } limit_req_zone $key zone=f:1m rate=1r/s;',
  ],
  good: [
    'limit_req_zone $binary_remote_addr zone=a:10m rate=1r/s;',
    'limit_req_zone $server_name zone=b:10m rate=1r/s;',
    'limit_req_zone $http_authorization zone=c:10m rate=1r/s;',
    'map $http_user_agent $bot { default ""; ~bot $binary_remote_addr; } limit_req_zone $bot zone=d:10m rate=1r/s;',
    'limit_req_zone $request_uri zone=e:10m rate=1r/s;',
    'limit_req_zone $binary_remote_addr$request_uri zone=f:10m rate=1r/s;',
  ],
  check(at, { model, report }) {
    for (const variable of variablesOf(at.arg)) {
      if (
        TOKEN.test(variable) ||
        /^(?:request_uri|uri|document_uri|host|http_host|request_method|args|query_string|remote_user|ssl_server_name)$/.test(
          variable,
        )
      )
        continue
      const direct = /^(?:http|arg|cookie)_./.test(variable) || variable === 'proxy_add_x_forwarded_for'
      const taint = direct ? undefined : model.taint(variable, at)
      const chosen =
        direct || (taint?.client && taint.texts === undefined && model.scope.tables.has(variable))
      if (!chosen) continue
      report(at, `the client chooses $${variable}, and with it the counter`, {
        word: 0,
        help: '$binary_remote_addr; behind a proxy, with set_real_ip_from and real_ip_header',
      })
      return
    }
  },
}
