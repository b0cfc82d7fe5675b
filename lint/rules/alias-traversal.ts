// alias under a location that does not end where the alias does.

import { isInternal } from '../model/handler.ts'
import { readLocation } from '../model/location.ts'
import { pieces } from '../model/value.ts'
import { type Rule, replaceArg } from '../rule.ts'

const FILE = /\.[A-Za-z0-9]{1,10}$/

export const rule: Rule = {
  name: 'alias-traversal',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'security',
  alias: ['gixy: alias_traversal'],
  summary: 'A location without a final slash lets requests out of its alias directory.',
  why: 'nginx puts what follows the location’s text behind the alias. `location /static { alias /srv/app/static/; }` maps /static../settings.py to /srv/app/static/../settings.py. Without the slash in the alias too, only siblings whose names begin alike (static-old, static.tar) become readable.',
  visits: ['alias'],
  bad: [
    'server { location /static { alias /srv/app/static/; } }',
    'server { location ^~ /media { alias /srv/app/media/; } }',
    'server { location /static { alias /srv/app/static; } }',
    'server { location ~ ^/site(.*)$ { alias /srv/site/$1; } }',
    'server { location ~ ^/i(?<rest>.*) { alias /srv/images/$rest; } }',
    'server { location ~ ^/i/([0-9]+)(.*)$ { alias /srv/images/$1/$2; } }',
    'server { location ~ ^/site(.*)$ { alias /srv/site$1; } }',
  ],
  good: [
    'server { location /static/ { alias /srv/app/static/; } }',
    'server { location = /robots.txt { alias /srv/app/robots.txt; } }',
    'server { location /favicon.ico { alias /srv/app/favicon.ico; } }',
    'server { location ~ ^/site/(.*)$ { alias /srv/site/$1; } }',
    'server { location ~ ^/(css|js)/([a-z]+)$ { alias /srv/$1/$2; } }',
    'server { location ~ ^/site(/.*)$ { alias /srv/site$1; } }',
    'server { location ~ ^/([0-9]+)/(.*)$ { alias /srv/images/$1/$2; } }',
    'server { location $arg_files { alias /srv/files/; try_files $uri =404; } }',
  ],
  fixable: true,
  check(at, { report }) {
    const location = at.parent?.name === 'location' ? at.parent : at.within('location')
    if (location === undefined) return
    const { modifier, path } = readLocation(location)
    const target = at.arg
    if (modifier === '~' || modifier === '~*') {
      regexAlias(at, path, report)
      return
    }
    // `location $variable` is no path: it answers when the variable says so.
    if (modifier === '=' || modifier === '@' || path.endsWith('/') || path === '' || path.startsWith('$'))
      return
    if (target.endsWith('/')) {
      report(at, `${path}../ reaches the directory above ${target}`, {
        word: 0,
        help: `end the location with a slash: location ${modifier === '' ? '' : `${modifier} `}${path}/`,
        severity: isInternal(location) ? 'info' : 'error',
        ...(location.has('try_files')
          ? {}
          : { fix: replaceArg(location, location.args.length - 1, `${path}/`) }),
      })
      return
    }
    // A single file, or a path made of variables: nothing to climb out of.
    if (FILE.test(target) && FILE.test(path)) return
    if (FILE.test(target) && !/\/[^/]*\.d$/.test(target)) return
    report(at, `${path} also answers ${path}-old and ${path}.bak, from paths beside ${target}`, {
      word: 0,
      severity: 'warning',
      confidence: 'medium',
      help: `end both with a slash: location ${path}/ { alias ${target}/; }`,
    })
  },
}

function regexAlias(
  at: Parameters<Rule['check']>[0],
  path: string,
  report: Parameters<Rule['check']>[1]['report'],
): void {
  for (const { variable, before } of captures(at.arg)) {
    const group = groupSource(path, variable)
    if (group === undefined) continue
    const behindSlash = group.before === '' || group.before.endsWith('/') || /\/[)?]*$/.test(group.before)
    if (before.endsWith('/')) {
      // The capture must be able to begin with dots, and nothing stands between it and what comes before it.
      if (behindSlash || !startsWithDot(group.body)) continue
      report(at, `the capture $${variable} can begin with ../ and lead out of ${before}`, {
        word: 0,
        help: 'let the regex end in a slash before the capture: ^/site/(.*)$',
        confidence: /^[1-9]$/.test(variable) ? 'high' : 'medium',
      })
      return
    }
    if (!/^\/.*[\w-]$/.test(before) || !/^(?:\.[*+]|\[\^)/.test(group.body)) continue
    report(
      at,
      `${before} is followed by whatever the client sends: ${before}-old and ${before}.bak are answered as well`,
      {
        word: 0,
        severity: 'warning',
        confidence: 'medium',
        help: `put a slash into both: the regex before the capture, and ${before}/$${variable}`,
      },
    )
    return
  }
}

/** The variables of the alias, with the text right before each. */
function captures(target: string): { variable: string; before: string }[] {
  const found: { variable: string; before: string }[] = []
  let before = ''
  for (const piece of pieces(target)) {
    if ('variable' in piece) {
      found.push({ variable: piece.variable, before })
      before = ''
    } else before = piece.text
  }
  return found
}

/** The text of a group and what stands before it. */
function groupSource(path: string, variable: string): { before: string; body: string } | undefined {
  let index = 0
  for (let i = 0; i < path.length; i++) {
    if (path[i] === '\\') i++
    else if (path[i] === '(') {
      const named = /^\(\?P?<([A-Za-z_]\w*)>/.exec(path.slice(i))
      if (named === null && path[i + 1] === '?') continue
      index++
      if (named?.[1]?.toLowerCase() !== variable && String(index) !== variable) continue
      let depth = 0
      for (let j = i; j < path.length; j++) {
        if (path[j] === '\\') j++
        else if (path[j] === '(') depth++
        else if (path[j] === ')' && --depth === 0) {
          return {
            before: path.slice(0, i).replace(/^\^/, ''),
            body: path.slice(i + (named?.[0].length ?? 1), j),
          }
        }
      }
    }
  }
  return undefined
}

function startsWithDot(body: string): boolean {
  if (body.startsWith('.') || body.startsWith('\\W') || body.startsWith('\\S')) return true
  const set = /^\[(\^?)((?:\\.|[^\]])*)\]/.exec(body)
  if (set !== null) return set[1] === '^' ? !/\./.test(set[2] ?? '') : /\.|\\W/.test(set[2] ?? '')
  return false
}
