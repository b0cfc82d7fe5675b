// `if` in a location with more than rewriting in it.

import type { Rule } from '../rule.ts'

/** What the rewrite module itself runs; everything else is configuration of a hidden inner location. */
const SAFE = new Set([
  'return',
  'rewrite',
  'set',
  'break',
  'rewrite_log',
  'uninitialized_variable_warn',
  'set_unescape_uri',
  'set_escape_uri',
  'set_md5',
  'set_by_lua_block',
  'rewrite_by_lua_block',
  'access_log',
  'log_not_found',
  'error_log',
  'limit_rate',
  'limit_rate_after',
  'if',
  'include',
])

export const rule: Rule = {
  name: 'if-is-evil',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  alias: ['gixy: if_is_evil'],
  summary: 'An `if` inside a location does more than rewrite or return.',
  why: 'Inside a location `if` makes a nested location that replaces the outer one: try_files, proxy_pass and headers around it stop to apply, and of two conditions that hold only the last one’s block counts. return, rewrite and set are safe.',
  visits: ['if'],
  bad: [
    'location / { if ($arg_x) { add_header X-A b; } try_files $uri =404; }',
    'location / { if ($request_method = POST) { proxy_pass http://write; } proxy_pass http://read; }',
    'location / { if ($http_user_agent ~ bot) { expires 1d; } }',
    'location / { if ($slow) { client_max_body_size 1g; } }',
  ],
  good: [
    'location / { if ($request_method = POST) { return 405; } }',
    'location / { if (!-f $request_filename) { rewrite ^ /index.html last; } }',
    'location / { if ($arg_x) { set $y 1; } }',
    'server { if ($host != example.com) { return 301 https://example.com$request_uri; } }',
    'location / { if ($scheme = http) { rewrite ^ https://example.com$request_uri? permanent; } }',
  ],
  check(at, { report }) {
    if (at.within('location') === undefined) return
    for (const inner of at.children) {
      if (SAFE.has(inner.name)) continue
      report(inner, `\`${inner.name}\` inside an \`if\` in a location does not do what it seems to`, {
        help: inner.name.endsWith('_pass')
          ? 'choose the upstream with a map and one *_pass outside of the if'
          : 'compute the value with a map and use it outside of the if',
      })
    }
  },
}
