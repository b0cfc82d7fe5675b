// return runs before allow and deny.

import { isInternal, isRedirectingRewrite } from '../model/handler.ts'
import type { Statement } from '../model/statement.ts'
import type { Rule } from '../rule.ts'

/** The allow and deny lines that hold here, as far as the server sets them. */
function rulesFor(at: Statement): Statement[] {
  for (const level of at.up()) {
    const rules = [...level.all('allow'), ...level.all('deny')].sort((a, b) => a.index - b.index)
    if (rules.length > 0) return rules
    if (level.name === 'server') break
  }
  return []
}

export const rule: Rule = {
  name: 'return-bypasses-allow-deny',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'security',
  alias: ['gixy: return_bypasses_allow_deny'],
  summary: 'return answers before allow and deny are asked.',
  why: 'return, and rewrite with a redirect, run in the rewrite phase; allow and deny in the access phase behind it. Everybody gets the answer that the list seems to guard.',
  visits: ['location', 'server'],
  bad: [
    'location /admin/ { allow 127.0.0.1; deny all; return 200 "hi"; }',
    'location /x { deny all; return 301 https://example.com/; }',
    'server { allow 127.0.0.1; deny all; location /foo { return 200 "hi"; } }',
    'location /y { allow 10.0.0.0/8; deny all; rewrite ^ https://example.com/ permanent; }',
    'server { location @x { allow 127.0.0.1; deny all; return 200 "hi"; } }',
  ],
  good: [
    'location /admin/ { allow 127.0.0.1; deny all; proxy_pass http://app; }',
    'server { allow 127.0.0.1; deny all; location @x { return 200 "hi"; } }',
    'server { deny all; location /x { internal; return 200 x; } }',
    'location /x { deny all; return 404; }',
    'location /x { allow 127.0.0.1; deny all; rewrite ^/x/(.*)$ /y/$1 last; }',
    'location /x { allow 127.0.0.1; deny all; if ($request_method = POST) { return 405; } proxy_pass http://app; }',
  ],
  check(at, { report }) {
    const rules = rulesFor(at)
    // The rules of the place it comes from were asked there; rules of its own are passed by here as well.
    if (at.name === 'location' && isInternal(at) && rules[0]?.parent !== at) return
    const answer = at.first('return') ?? at.all('rewrite').find(isRedirectingRewrite)
    if (answer === undefined || !rules.some((one) => one.name === 'deny')) return
    const own = rules[0]?.parent === at
    // Refusing everybody twice is harmless.
    const refuses = answer.name === 'return' && /^4\d\d$/.test(answer.arg)
    if (refuses && (!own || !at.has('allow') || answer.args.length === 1)) return
    report(answer, `\`${answer.name}\` answers before the allow and deny lines are asked`, {
      help: 'put the answer into a named location with the same rules, reached by try_files or error_page; or test the address with geo and if',
    })
  },
}
