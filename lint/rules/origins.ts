// Referer and Origin checks that strangers pass.

import { type Breach, breach } from '../model/origin.ts'
import { readRegex } from '../model/regex/read.ts'
import type { Statement } from '../model/statement.ts'
import { readCondition, variablesOf } from '../model/value.ts'
import type { Context, Rule } from '../rule.ts'

const ALLOW = 'access-control-allow-origin'

export const rule: Rule = {
  name: 'origins',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'security',
  alias: ['gixy: origins'],
  summary: 'A check of Origin or Referer lets foreign sites pass.',
  why: 'A regex without both anchors, with an unescaped dot or with uneven alternatives also matches addresses that anyone can register: yandex.ru.evil.com, evil-yandex.ru, yandexxru.com. What the check guards (CORS, framing, downloads) is then open to them.',
  visits: ['if', 'map', 'add_header', 'more_set_headers'],
  bad: [
    'server { if ($http_referer !~ "^https?://([^/]+metrika.*yandex\\.ru/)") { add_header X-Frame-Options SAMEORIGIN; } }',
    'location / { if ($http_origin ~* ((^https://www\\.yandex\\.ru)|(^https://ya\\.ru)$)) { add_header Access-Control-Allow-Origin $http_origin; } }',
    'location / { if ($http_origin ~ "^https://example.com$") { add_header Access-Control-Allow-Origin $http_origin; } }',
    'location / { if ($http_origin !~ "^https://example\\.com/$") { return 403; } }',
    'location / { if ($http_referrer !~ "^https://example\\.com/") { return 403; } }',
    'map $http_origin $cors { default ""; "~https://example\\.com" $http_origin; } server { add_header Access-Control-Allow-Origin $cors; }',
    'map $http_referer $ours { default 0; "~*example\\.com" 1; } server { if ($ours = 0) { return 403; } }',
    'map $http_referer $stranger { default 1; "~^https?://.*example\\.org" 0; } server { if ($stranger) { return 403; } }',
    'location / { if ($http_origin ~ "^https?://localhost") { add_header Access-Control-Allow-Origin $http_origin; } }',
    'location / { add_header Access-Control-Allow-Origin $http_origin; add_header Access-Control-Allow-Credentials true; }',
    'location / { if ($http_origin) { add_header Access-Control-Allow-Origin $http_origin; } }',
    'map $http_origin $cors { default $http_origin; } server { add_header Access-Control-Allow-Origin $cors; }',
  ],
  good: [
    'location / { if ($http_origin ~ "^https://(?:[a-z0-9-]+\\.)?example\\.com$") { add_header Access-Control-Allow-Origin $http_origin; } }',
    'location / { if ($http_referer !~ "^https?://(?:www\\.)?example\\.com(?:/|$)") { return 403; } }',
    'location / { if ($http_referer !~ "^https?://([^/]+\\.)?(?:metrika\\.yandex\\.ru|webvisor\\.com)/") { return 403; } }',
    'map $http_origin $cors { default ""; "~^https://([a-z]+\\.)*example\\.com(:[0-9]+)?$" $http_origin; } server { add_header Access-Control-Allow-Origin $cors; }',
    'map $http_origin $cors { default ""; https://a.example $http_origin; } server { add_header Access-Control-Allow-Origin $cors; }',
    'location / { add_header Access-Control-Allow-Origin "*"; }',
    'map $http_referer $spam { default 0; "~*semalt\\.com" 1; } server { if ($spam) { return 403; } }',
    'location / { if ($http_referer ~ "^https://example\\.com/") { set $own 1; } }',
  ],
  check(at, context) {
    if (at.name === 'if') condition(at, context)
    else if (at.name === 'map') table(at, context)
    else reflected(at, context)
  },
}

function say(
  found: Breach,
  header: string,
  at: Statement,
  word: number | undefined,
  { report }: Context,
): void {
  report(
    at,
    found.kind === 'invalid'
      ? `this never matches a real ${header}: a browser sends no path in it (it wants ${found.text})`
      : `this ${header} check also lets ${found.text} pass`,
    {
      ...(word === undefined ? {} : { word }),
      severity: found.kind === 'invalid' ? 'info' : header === 'Origin' ? 'error' : 'warning',
      help: 'anchor both ends, escape the dots, and end the host: ^https://(?:[a-z0-9-]+\\.)?example\\.com(?::\\d+)?$ (with (?:/|$) instead of $ for a Referer)',
    },
  )
}

function condition(at: Statement, context: Context): void {
  const test = readCondition(at.args)
  if (test === undefined) return
  const subject = test.subject.replace(/[{}]/g, '').toLowerCase()
  if (subject === '$http_referrer') {
    context.report(at, '$http_referrer is always empty: the header is spelled Referer', {
      word: test.word,
      severity: 'error',
      help: 'write $http_referer',
    })
    return
  }
  const header = subject === '$http_origin' ? 'origin' : subject === '$http_referer' ? 'referer' : undefined
  if (header === undefined || !/^!?~\*?$/.test(test.operator)) return
  // A block list (`if ($http_referer ~ spam) { return 403; }`) is another thing: matching too much refuses, it opens nothing.
  if (!test.operator.startsWith('!') && refuses(at)) return
  const found = breach(readRegex(test.value, test.operator.endsWith('*')), header)
  if (found !== undefined) say(found, header === 'origin' ? 'Origin' : 'Referer', at, test.word, context)
}

const refuses = (at: Statement): boolean => at.all('return').some((one) => /^(?:4\d\d)$/.test(one.arg))

function table(at: Statement, context: Context): void {
  const source = (at.args[0] ?? '').replace(/[{}]/g, '').toLowerCase()
  if (source === '$http_referrer') {
    context.report(at, '$http_referrer is always empty: the header is spelled Referer', {
      word: 0,
      severity: 'error',
      help: 'write $http_referer',
    })
    return
  }
  const header = source === '$http_origin' ? 'origin' : source === '$http_referer' ? 'referer' : undefined
  if (header === undefined) return
  const fallback = at.entries.find((entry) => entry.name === 'default')?.args[0] ?? ''
  const made = (at.args[1] ?? '').replace(/[{}$]/g, '').toLowerCase()
  const forCors = usedForCors(made, context)
  for (const entry of at.entries) {
    if (!entry.name.startsWith('~')) continue
    const value = entry.args[0] ?? ''
    const opens = /\$http_origin/i.test(value) || (forCors && value !== '' && value !== fallback)
    const allows = opens || (header === 'referer' && value !== fallback && isAllowList(made, value, context))
    if (!allows) continue
    const found = breach(readRegex(entry.name.replace(/^~\*?/, ''), entry.name.startsWith('~*')), header)
    if (found !== undefined) say(found, header === 'origin' ? 'Origin' : 'Referer', entry, undefined, context)
  }
}

const usedForCors = (variable: string, { model }: Context): boolean =>
  model
    .named('add_header')
    .some((one) => one.arg.toLowerCase() === ALLOW && variablesOf(one.args[1] ?? '').includes(variable))

/** Requests without this value are refused. (With it refused, it is a block list: matching too much opens nothing.) */
function isAllowList(variable: string, value: string, { model }: Context): boolean {
  return model.named('if').some((one) => {
    const test = readCondition(one.args)
    if (test === undefined || test.subject.replace(/[{}$]/g, '').toLowerCase() !== variable || !refuses(one))
      return false
    if (test.operator === '') return value === '0' || value === ''
    return test.operator === '!=' ? test.value === value : test.operator === '=' && test.value !== value
  })
}

/** `Access-Control-Allow-Origin: whatever you sent`. */
function reflected(at: Statement, context: Context): void {
  const isMore = at.name === 'more_set_headers'
  const [name, value] = isMore
    ? [at.arg.split(':')[0] ?? '', at.arg.slice(at.arg.indexOf(':') + 1).trim()]
    : [at.arg, at.args[1] ?? '']
  if (name.toLowerCase() !== ALLOW) return
  const variables = variablesOf(value)
  if (!variables.some((variable) => reflects(variable, at, context, 4))) return
  // Inside `if ($http_origin ~ …)` the condition is judged instead.
  for (const level of at.up()) if (level.name === 'if' && asksOrigin(level)) return
  context.report(at, 'every Origin is allowed: the answer repeats the one that was sent', {
    word: isMore ? 0 : 1,
    severity: 'error',
    help: 'list the origins you trust in a map on $http_origin, default "", and send its variable',
  })
}

function reflects(variable: string, at: Statement, context: Context, depth: number): boolean {
  if (variable === 'http_origin') return !guardedBefore(at)
  if (depth === 0) return false
  const { scope } = context.model
  const tables = scope.tables.get(variable)
  if (tables !== undefined) {
    return tables.some(
      (map) =>
        map.name === 'map' &&
        map.entries.some(
          (entry) =>
            entry.name === 'default' &&
            variablesOf(entry.args[0] ?? '').some((inner) => reflects(inner, map, context, depth - 1)),
        ),
    )
  }
  const server = at.within('server')
  return (scope.sets.get(variable) ?? []).some(
    (set) =>
      set.within('server') === server &&
      !(set.parent?.name === 'if' && asksOrigin(set.parent)) &&
      variablesOf(set.args[1] ?? '').some((inner) => reflects(inner, set, context, depth - 1)),
  )
}

/** The condition looks at what the Origin is, not only whether there is one. */
function asksOrigin(test: Statement): boolean {
  const condition = readCondition(test.args)
  return (
    condition !== undefined && /http_origin/i.test(condition.subject) && !/^$|^!=$/.test(condition.operator)
  )
}

/** `if ($http_origin !~ …) { return 403; }` stands around it. */
function guardedBefore(at: Statement): boolean {
  for (const level of at.up()) {
    for (const test of level.all('if'))
      if (/^\(?\$\{?http_origin\}?$/i.test(test.arg) && /^!/.test(test.args[1] ?? '') && test.has('return'))
        return true
  }
  return false
}
