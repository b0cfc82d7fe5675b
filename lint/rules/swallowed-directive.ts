// A missing semicolon behind a directive that takes any number of arguments.

import type { Rule } from '../rule.ts'

const KNOWN =
  /^(?:root|index|listen|location|return|rewrite|include|alias|charset|expires|internal|set|allow|deny|server_name|server_tokens|access_log|error_log|error_page|try_files|add_header|client_max_body_size|keepalive_timeout|default_type|resolver|sendfile|autoindex|auth_basic(?:_user_file)?|ssl_\w+|gzip\w*|proxy_\w+|uwsgi_\w+|fastcgi_\w+|scgi_\w+|grpc_\w+|limit_\w+|client_\w+|large_client_header_buffers|http2|if|upstream|server|send_timeout|log_not_found|open_file_cache\w*|js_\w+|real_ip_header|set_real_ip_from|tcp_nopush|tcp_nodelay|underscores_in_headers|merge_slashes|map|log_format|types|absolute_redirect|port_in_redirect|server_name_in_redirect|etag|satisfy)$/

export const rule: Rule = {
  name: 'swallowed-directive',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  summary: 'A semicolon is missing, and the next directive became an argument.',
  why: 'server_name, index and others take any number of words. Without the semicolon they take the next line as well, and nginx -t passes: the server has a name “root”, and no root.',
  visits: [
    'server_name',
    'index',
    'try_files',
    'gzip_types',
    'valid_referers',
    'access_log',
    'log_format',
    'resolver',
    'ssl_protocols',
    'error_page',
    'brotli_types',
    'uwsgi_ignore_headers',
    'proxy_ignore_headers',
    'sub_filter_types',
  ],
  bad: [
    'server { server_name example.com\n root /srv; location / { } }',
    'server { index index.html\n  client_max_body_size 10m; }',
    'server { server_name example.com return 301 https://example.com; }',
    'location / { try_files $uri $uri/ @app\n expires 1d; }',
  ],
  good: [
    'server { server_name example.com\n www.example.com\n api.example.com; root /srv; }',
    'server { index index.html index.htm; }',
    'server { server_name root.example.com; }',
    'server { server_name root; }',
    'location / { try_files $uri\n $uri/\n =404; }',
  ],
  fixable: true,
  check(at, { report }) {
    const node = at.node
    if (node === undefined) return
    for (const [word, arg] of node.args.entries()) {
      if (arg.quote !== undefined || !KNOWN.test(arg.value)) continue
      const newLine = arg.trivia.includes('\n')
      // On the same line only where it is plain: a directive's name with its own arguments behind it.
      const sameLine =
        word > 0 &&
        word < node.args.length - 1 &&
        ['server_name', 'index'].includes(at.name) &&
        /^(?:root|return|listen|include|location|rewrite|alias|access_log|error_log|client_max_body_size|proxy_pass|uwsgi_pass|index|server_name|charset)$/.test(
          arg.value,
        )
      if (!(newLine && (word < node.args.length - 1 || arg.value === 'internal')) && !sameLine) continue
      const before = word === 0 ? node.name : node.args[word - 1]
      report(at, `${at.name} takes “${arg.value}” as an argument: the semicolon before it is missing`, {
        word,
        help: `end ${at.name} with ; before ${arg.value}`,
        ...(before === undefined || word === 0
          ? {}
          : {
              fix: [
                { file: node.file, start: before.span.end.offset, end: before.span.end.offset, text: ';' },
              ],
            }),
      })
      return
    }
  },
}
