// A header value that runs over a line end.

import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'add-header-multiline',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  alias: ['gixy: add_header_multiline'],
  summary: 'A header value contains a line end.',
  why: 'nginx sends the line end as it stands. Folded headers are forbidden since RFC 7230: browsers and proxies cut the header there, or refuse the answer. HTTP/2 clients close the connection.',
  visits: ['add_header', 'add_trailer', 'more_set_headers', 'proxy_set_header'],
  bad: [
    'add_header Content-Security-Policy "\n default-src: none;\n script-src self";',
    'add_header X-A "one\\n two";',
    "more_set_headers 'X-Test: a\n b';",
  ],
  good: [
    "add_header Content-Security-Policy \"default-src 'none'; script-src 'self'\";",
    'add_header X-A one;',
  ],
  check(at, { report }) {
    at.args.forEach((value, word) => {
      if (!/[\r\n]/.test(value)) return
      report(
        at,
        `the value of ${at.name === 'more_set_headers' ? (value.split(':')[0] ?? '') : at.arg} contains a line end`,
        {
          word,
          help: 'write the value on one line, or put its parts together with `set` and one variable each',
        },
      )
    })
  },
}
