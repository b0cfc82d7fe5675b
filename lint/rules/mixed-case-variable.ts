// One variable in several spellings.

import type { Statement } from '../model/statement.ts'
import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'mixed-case-variable',
  severity: 'info',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  alias: ['gixy: mixed_case_variable'],
  summary: 'One variable is written in several spellings.',
  why: 'nginx looks variables up in lower case: $JWT_Token and $jwt_token are the same one. Two spellings look like two variables to everybody else.',
  visits: [''],
  bad: [
    'server { set $My_Var a; location / { return 200 $MY_VAR; } }',
    'server { set $token ""; if ($http_authorization) { set $TOKEN x; } add_header X-T $token; }',
  ],
  good: [
    'server { set $my_var a; location / { return 200 $my_var; } }',
    'server { set $MY_VAR a; location / { return 200 $MY_VAR; } }',
  ],
  check(_root, { model, report }) {
    const spellings = new Map<string, Map<string, { at: Statement; word: number }>>()
    const see = (at: Statement): void => {
      at.args.forEach((arg, word) => {
        for (const hit of arg.matchAll(/\$\{?([A-Za-z_]\w*)/g)) {
          const name = hit[1] as string
          const same = spellings.get(name.toLowerCase()) ?? new Map<string, { at: Statement; word: number }>()
          if (!same.has(name)) same.set(name, { at, word })
          spellings.set(name.toLowerCase(), same)
        }
      })
    }
    for (const at of model.all) {
      if (/lua|^sub_filter|^js_/.test(at.name)) continue
      see(at)
      for (const entry of at.entries) see(entry)
    }
    for (const same of spellings.values()) {
      const [first, ...others] = [...same]
      for (const [name, { at, word }] of others)
        report(at, `$${name} is the same variable as $${first?.[0]}`, {
          word,
          help: 'write it the same everywhere, best in lower case',
        })
    }
  },
}
