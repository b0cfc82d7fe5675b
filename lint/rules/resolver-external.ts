// A resolver on the public internet.

import type { Rule } from '../rule.ts'

function isPublic(address: string): boolean {
  const v4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)
  if (v4 !== null) {
    const [a, b, c] = v4.slice(1).map(Number) as [number, number, number]
    return !(
      a === 10 ||
      a === 127 ||
      a === 0 ||
      (a === 192 && b === 168) ||
      (a === 172 && b >= 16 && b < 32) ||
      (a === 169 && b === 254) ||
      (a === 100 && b >= 64 && b < 128) ||
      (a === 192 && b === 0 && (c === 2 || c === 0)) ||
      (a === 198 && (b === 18 || b === 19)) ||
      a >= 224
    )
  }
  const v6 = /^\[?([0-9a-f:]+)\]?$/i.exec(address)
  if (v6 === null || !address.includes(':')) return false
  const text = (v6[1] as string).toLowerCase()
  return !(
    text === '::1' ||
    text === '::' ||
    /^f[cd]/.test(text) ||
    /^fe[89ab]/.test(text) ||
    text.startsWith('2001:db8')
  )
}

export const rule: Rule = {
  name: 'resolver-external',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'security',
  alias: ['gixy: resolver_external'],
  summary: 'nginx resolves names with a DNS server on the public internet.',
  why: 'nginx’s resolver uses plain UDP and predictable ids; whoever can spoof an answer on the way decides where requests go, and keeps deciding while the answer is cached. A local resolver leaves no way to spoof on.',
  visits: ['resolver'],
  bad: [
    'resolver 8.8.8.8;',
    'resolver 1.1.1.1 127.0.0.1 valid=30s;',
    'resolver [2001:4860:4860::8888]:53;',
    'resolver 77.88.8.8:5353;',
  ],
  good: [
    'resolver 127.0.0.53;',
    'resolver 10.0.0.2 valid=30s;',
    'resolver [fe80::1];',
    'resolver [fd00::1]:5353;',
    'resolver 169.254.169.253;',
    'resolver kube-dns.kube-system.svc.cluster.local;',
  ],
  check(at, { report }) {
    const outside = at.args.flatMap((value, word) => {
      const address = value.replace(/^(\[[^\]]*\]|[\d.]+):\d+$/, '$1')
      return !value.includes('=') && isPublic(address) ? [{ value, word }] : []
    })
    const [first] = outside
    if (first === undefined) return
    const names = outside.map((one) => one.value).join(', ')
    report(
      at,
      `${names} ${outside.length === 1 ? 'is a DNS server' : 'are DNS servers'} outside of your network`,
      {
        word: first.word,
        help: 'run a local resolver (unbound, dnsmasq, systemd-resolved) and name it here: resolver 127.0.0.1;',
      },
    )
  },
}
