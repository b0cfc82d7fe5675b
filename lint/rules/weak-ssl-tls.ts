// Old protocols and weak ciphers.

import type { Statement } from '../model/statement.ts'
import { type Context, type Rule, replaceArg } from '../rule.ts'

const OLD = new Set(['SSLv2', 'SSLv3', 'TLSv1', 'TLSv1.0', 'TLSv1.1'])
const WEAK =
  /^(?:E?NULL|aNULL|ADH|AECDH|A?DH-?anon|EXP(?:ORT)?(?:40|56)?|LOW|MEDIUM|3?DES|RC[24]|MD5|IDEA|SEED|CAMELLIA(?:128|256)?|SSLv[23]|COMPLEMENTOF(?:ALL|DEFAULT)|DSS|kRSA-NULL)$/i
const WEAK_SUITE =
  /(?:^|-)(?:RC4|DES|3DES|NULL|EXP|MD5|RC2|IDEA|SEED|ADH|AECDH|anon|CAMELLIA(?:128|256)?)(?:-|$)|DES-CBC3?/i
/** What `ALL` must exclude to be as good as HIGH. */
const ALL_NEEDS = [
  /^aNULL$/i,
  /^(?:eNULL|NULL)$/i,
  /^(?:LOW|DES)$/i,
  /^EXP(?:ORT)?$/i,
  /^RC4$/i,
  /^MD5$/i,
  /^(?:3DES|MEDIUM)$/i,
]

function weakItems(list: string): string[] {
  const items = list.split(/[:, ]+/).filter((item) => item !== '' && !item.startsWith('@'))
  const gone = items.filter((item) => /^[!-]/.test(item)).map((item) => item.slice(1))
  const isGone = (name: string): boolean => gone.some((one) => one.toLowerCase() === name.toLowerCase())
  return items.filter((item) => {
    if (/^[!-]/.test(item)) return false
    const name = item.replace(/^\+/, '')
    if (item.startsWith('+')) return false
    if (isGone(name)) return false
    if (/^ALL$/i.test(name)) return !ALL_NEEDS.every((need) => gone.some((one) => need.test(one)))
    // What DEFAULT is depends on the library; the older ones have 3DES, RC4 and MD5 in it.
    if (/^DEFAULT$/i.test(name)) return !gone.some((one) => /^(?:3DES|MEDIUM|RC4|MD5)$/i.test(one))
    if (name.split('+').some((part) => WEAK.test(part) && !isGone(part))) return true
    if (!WEAK_SUITE.test(name)) return false
    return !gone.some((one) => new RegExp(`(?:^|-)${one.replace(/[^\w]/g, '')}`, 'i').test(name))
  })
}

export const rule: Rule = {
  name: 'weak-ssl-tls',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'tls',
  alias: [
    'gixy: weak_ssl_tls',
    'nginx-lint: deprecated-ssl-protocol',
    'nginx-lint: weak-ssl-ciphers',
    'semgrep: missing-ssl-version',
  ],
  summary: 'TLS is offered with old protocols or weak ciphers.',
  why: 'SSLv3, TLS 1.0 and 1.1 have known attacks and no browser wants them (RFC 8996). RC4, DES, export and anonymous suites can be broken or need no certificate at all.',
  visits: [
    'ssl_protocols',
    'ssl_ciphers',
    'ssl_prefer_server_ciphers',
    'server',
    'proxy_ssl_protocols',
    'proxy_ssl_ciphers',
    'grpc_ssl_protocols',
    'uwsgi_ssl_protocols',
  ],
  bad: [
    'server { listen 443 ssl; ssl_protocols TLSv1 TLSv1.1 TLSv1.2; }',
    'server { listen 443 ssl; ssl_protocols SSLv3 TLSv1.2 TLSv1.3; }',
    'server { listen 443 ssl; ssl_protocols TLSv1.2; ssl_ciphers RC4:HIGH; }',
    'server { listen 443 ssl; ssl_protocols TLSv1.2; ssl_ciphers "ALL:!aNULL"; }',
    'server { listen 443 ssl; ssl_protocols TLSv1.2; ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256:DES-CBC3-SHA; }',
    'server { listen 443 ssl; ssl_protocols TLSv1.2; ssl_prefer_server_ciphers on; }',
    'server { listen 443 ssl; ssl_protocols TLSv1.2; ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256:CAMELLIA256-SHA; }',
    'server { listen 443 ssl; ssl_protocols TLSv1.2; ssl_ciphers DEFAULT; }',
    'server { listen 443 ssl; server_name a; }',
    'http { ssl_protocols SSLv3 TLSv1.2; }',
  ],
  good: [
    'server { listen 443 ssl; ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers HIGH:!aNULL:!MD5; }',
    'server { listen 443 ssl; ssl_protocols TLSv1.2; ssl_ciphers "HIGH:!RC4:!3DES:-DES:@STRENGTH"; }',
    'server { listen 443 ssl; ssl_protocols TLSv1.2; ssl_ciphers DEFAULT:!3DES:!RC4:!MD5; }',
    { nginx: '1.28.0', conf: 'server { listen 443 ssl; server_name a; }' },
    'http { ssl_protocols TLSv1 TLSv1.2; server { listen 80; } }',
    'http { ssl_protocols TLSv1 TLSv1.2; include sites-enabled/*; }',
    'server { listen 443 ssl; ssl_protocols TLSv1.3; ssl_ciphers RC4; ssl_prefer_server_ciphers off; }',
    'server { listen 443 ssl; ssl_protocols TLSv1.2; ssl_prefer_server_ciphers on; ssl_conf_command Options PrioritizeChaCha; }',
  ],
  fixable: true,
  check(at, context) {
    const { model, report } = context
    if (at.name === 'server') return missing(at, context)
    // Set for everybody, but nobody speaks TLS: Debian's own nginx.conf.
    if (
      !at.name.includes('proxy') &&
      model.tree.whole &&
      at.within('server') === undefined &&
      (model.sites.length > 0 || at.parent?.all('include').some((one) => /[*?[]/.test(one.arg))) &&
      !model.sites.some((site) => site.tls)
    )
      return
    if (at.name.endsWith('ssl_protocols')) {
      const old = at.args.filter((arg) => OLD.has(arg))
      if (old.length === 0) return
      const rest = at.args.filter((arg) => !OLD.has(arg))
      const first = at.args.findIndex((arg) => OLD.has(arg))
      report(at, `${old.join(', ')} ${old.length === 1 ? 'is' : 'are'} offered`, {
        word: first,
        help: `${at.name} ${rest.length === 0 ? 'TLSv1.2 TLSv1.3' : rest.join(' ')};`,
        ...(rest.length === 0
          ? { fix: at.args.length === 1 ? replaceArg(at, 0, 'TLSv1.2 TLSv1.3') : [] }
          : { fix: at.args.flatMap((arg, word) => (OLD.has(arg) ? dropWord(at, word) : [])) }),
      })
    } else if (at.name.endsWith('ssl_ciphers')) {
      const protocols = at.parent?.effective('ssl_protocols')?.args
      if (protocols?.every((one) => one === 'TLSv1.3')) return
      const weak = weakItems(at.arg)
      if (weak.length === 0) return
      report(at, `weak ciphers are offered: ${weak.slice(0, 4).join(', ')}`, {
        word: 0,
        help: 'leave ssl_ciphers out (the default is HIGH:!aNULL:!MD5) or take Mozilla’s intermediate list',
      })
    } else if (at.arg === 'on') {
      const chacha = at.parent
        ?.effectiveAll('ssl_conf_command')
        .some((one) => /PrioritizeChaCha/.test(one.args[1] ?? ''))
      if (chacha || at.parent?.effective('ssl_protocols')?.args.every((one) => one === 'TLSv1.3')) return
      report(
        at,
        'the server’s order of ciphers wins over the client’s, who knows what its hardware does fast',
        {
          word: 0,
          severity: 'info',
          confidence: 'low',
          help: 'ssl_prefer_server_ciphers off; all ciphers of a modern list are strong',
          fix: replaceArg(at, 0, 'off'),
        },
      )
    }
  },
}

function dropWord(at: Statement, word: number): ReturnType<typeof replaceArg> {
  const node = at.node
  const own = node?.args[word]
  if (node === undefined || own === undefined) return []
  return [
    { file: node.file, start: own.span.start.offset - own.trivia.length, end: own.span.end.offset, text: '' },
  ]
}

function missing(at: Statement, { model, report }: Context): void {
  const site = model.siteOf(at)
  if (site === undefined || !site.tls || !site.open || site.module !== 'http' || !model.before('1.27.3'))
    return
  if (at.effective('ssl_protocols') !== undefined || at.first('ssl_reject_handshake')?.arg === 'on') return
  if (!model.tree.whole && model.tree.context.length > 1) return
  if (at.up().some((level) => level.all('include').some((one) => (one.node?.included ?? []).length === 0)))
    return
  report(at, 'ssl_protocols is not set: this nginx offers TLSv1 and TLSv1.1 as well', {
    severity: 'info',
    confidence: 'medium',
    help: 'ssl_protocols TLSv1.2 TLSv1.3; (the default since 1.27.3)',
  })
}
