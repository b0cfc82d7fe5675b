// stub_status for everybody.

import { guardDirectives } from '../model/guards.ts'
import type { Site } from '../model/site.ts'
import type { Statement } from '../model/statement.ts'
import type { Rule } from '../rule.ts'

/** `allow ::/0` opens nothing on a server that listens on IPv4 alone. */
function isEverybody(mask: string, site: Site | undefined): boolean {
  if (mask === 'all') return true
  if (mask !== '0.0.0.0/0' && mask !== '::/0') return false
  const families = site?.listens
    .filter((one) => one.unix === undefined)
    .map((one) => (/^\[/.test(one.address) ? '::/0' : /^[\d.*]*$/.test(one.address) ? '0.0.0.0/0' : mask))
  return families === undefined || families.includes(mask)
}

/** The rules that count here: the nearest level that has allow or deny. */
function rulesFor(at: Statement): Statement[] {
  for (const level of at.up()) {
    const rules = level.children.filter((one) => one.name === 'allow' || one.name === 'deny')
    if (rules.length > 0) return rules
  }
  return []
}

export const rule: Rule = {
  name: 'status-page-exposed',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'security',
  alias: ['gixy: status_page_exposed'],
  summary: 'The status page is open to everybody.',
  why: 'stub_status tells connections and load: when a site is quiet, when it is overloaded, and whether an attack works.',
  visits: ['stub_status'],
  bad: [
    'server { listen 80; location /status { stub_status; } }',
    'server { listen 80; location /status { stub_status on; allow 10.0.0.0/8; } }',
    'server { listen 80; location /status { stub_status; allow all; deny all; } }',
    'server { listen 80; listen [::]:80; location /status { stub_status; allow ::/0; deny all; } }',
    'server { listen 80; location /status { satisfy any; allow all; auth_basic x; auth_basic_user_file /f; stub_status; } }',
  ],
  good: [
    'server { listen 80; location /status { stub_status; allow 127.0.0.1; deny all; } }',
    'server { listen 80; allow 127.0.0.1; deny all; location /status { stub_status; } }',
    'server { listen 80; location /status { auth_basic x; auth_basic_user_file /f; stub_status; } }',
    'server { listen unix:/run/s.sock; location /status { stub_status; } }',
    'server { listen 127.0.0.1:8080; location /status { stub_status; } }',
    'server { listen 80; location /status { stub_status; deny all; } }',
    'server { listen 80; location /status { internal; stub_status; } }',
    'server { listen 80; location /status { stub_status; allow ::/0; deny all; } }',
  ],
  check(at, { model, report }) {
    const block = at.parent
    if (block === undefined || !model.isOpen(at) || at.within('location')?.has('internal')) return
    const rules = rulesFor(block)
    const open = rules.findIndex((one) => one.name === 'allow' && isEverybody(one.arg, model.siteOf(block)))
    const shut = rules.findIndex((one) => one.name === 'deny' && one.arg === 'all')
    const limited = shut >= 0 && (open < 0 || shut < open)
    const asks = guardDirectives.some((name) => {
      const auth = block.effective(name)
      return auth !== undefined && auth.arg !== 'off'
    })
    const any = block.effective('satisfy')?.arg === 'any'
    if (asks && !(any && open >= 0 && !limited)) return
    if (limited) return
    report(
      at,
      open >= 0
        ? 'everybody is allowed to read the status page'
        : rules.length > 0
          ? 'the rules do not end with `deny all`, so everybody can read the status page'
          : 'everybody can read the status page',
      {
        help: 'allow 127.0.0.1; deny all; or give the page a server of its own on a Unix socket',
      },
    )
  },
}
