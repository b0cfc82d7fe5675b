// Quotation marks from a word processor.

import { type Rule, replaceArg } from '../rule.ts'

export const rule: Rule = {
  name: 'smart-quotes',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  summary: 'Typographic quotation marks are part of the value.',
  why: 'nginx knows " and \' only. “DENY” copied from a web page is a value with two odd letters at its ends, and a value with blanks falls into pieces.',
  visits: ['*'],
  bad: [
    'server { add_header X-Frame-Options “DENY”; }',
    'server { server_name ‘example.com’; }',
    'location / { proxy_set_header Connection „upgrade“; }',
    'log_format x ”$remote_addr”;',
  ],
  good: [
    'server { add_header X-Frame-Options "DENY"; }',
    'location / { return 200 "it’s “fine” here"; }',
    'server { server_name example.com; }',
  ],
  fixable: true,
  check(at, { report }) {
    const words = at.node?.args ?? []
    for (const [word, arg] of words.entries()) {
      if (arg.quote !== undefined || !/^[“”„‟‘’‚‛«»]|[“”„‟«»’]$/.test(arg.value)) continue
      const whole = /^[“”„‟‘’‚‛«»]([^“”„‟‘’‚‛«»"']*)[“”„‟‘’‚‛«»]$/.exec(arg.value)
      report(at, `${arg.value} keeps its quotation marks: nginx knows only " and '`, {
        word,
        help: 'type the quotes anew',
        ...(whole === null ? {} : { fix: replaceArg(at, word, `"${whole[1]}"`) }),
      })
      return
    }
  },
}
