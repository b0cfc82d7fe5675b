// js_* handlers of a module that is not imported.

import { unreadAround } from '../model/unread.ts'
import type { Rule } from '../rule.ts'

const HANDLER: Record<string, number> = {
  js_content: 0,
  js_set: 1,
  js_header_filter: 0,
  js_body_filter: 0,
  js_periodic: 0,
  js_access: 0,
  js_preread: 0,
  js_filter: 0,
}

export const rule: Rule = {
  name: 'js-handler-unresolved',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  summary: 'A njs handler names a module that is not imported.',
  why: 'nginx -t does not look: every request that needs the handler fails with 500, “js function not found”.',
  visits: Object.keys(HANDLER),
  bad: [
    'http { js_import main.js; server { location / { js_content app.hello; } } }',
    'http { server { location / { js_content main.hello; } } }',
    'http { js_set $x m.f; }',
  ],
  good: [
    'http { js_import main.js; server { location / { js_content main.hello; } } }',
    'http { js_import app from njs/x.js; server { location / { js_content app.a.b; } } }',
    'http { js_import njs/app.js; js_set $x app.f; }',
    'http { js_include x.js; server { location / { js_content hello; } } }',
    'location / { js_content main.hello; }',
    'http { include njs.conf; js_set $x m.f; }',
  ],
  check(at, { model, report }) {
    const word = HANDLER[at.name] ?? 0
    const handler = at.args[word] ?? ''
    if (handler === '' || handler.includes('$')) return
    const http = at.within('http') ?? at.within('stream')
    if (http === undefined || http.assumed || unreadAround(at.parent ?? http) || http.has('js_include'))
      return
    const modules = at
      .up()
      .flatMap((level) => level.all('js_import'))
      .map((one) =>
        one.args[1] === 'from' ? one.arg : (one.arg.split('/').at(-1) ?? '').replace(/\.\w+$/, ''),
      )
    const module = handler.includes('.') ? (handler.split('.')[0] ?? '') : undefined
    if (module !== undefined && modules.includes(module)) return
    if (model.before('0.4.0')) return
    report(
      at,
      module === undefined ? `${handler} names no module` : `there is no js_import of “${module}” here`,
      {
        word,
        help:
          module === undefined
            ? 'js_import main from main.js; and main.handler'
            : `js_import ${module} from ${module}.js; in http`,
      },
    )
  },
}
