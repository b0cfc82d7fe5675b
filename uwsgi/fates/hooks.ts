// uWSGI's hooks: `hook-<moment> = action:argument`. What a shell can do is run as the command of that moment; signals of
// the idiom for a graceful end are always on; the rest is C inside uWSGI and named as such.

import type { Draft } from '../draft.ts'
import type { Entry } from '../entry.ts'
import { addToOption, type Fate } from '../fate.ts'
import { tell } from '../value.ts'

type Moment =
  | 'exec-asap'
  | 'exec-pre-app'
  | 'exec-post-app'
  | 'exec-as-root'
  | 'exec-as-user'
  | 'exec-as-user-atexit'

const moments: Record<string, Moment> = {
  'hook-asap': 'exec-asap',
  'hook-pre-jail': 'exec-asap',
  'hook-post-jail': 'exec-asap',
  'hook-in-jail': 'exec-asap',
  'hook-as-root': 'exec-as-root',
  'hook-as-user': 'exec-as-user',
  'hook-pre-app': 'exec-pre-app',
  'hook-master-start': 'exec-as-user',
  'hook-post-app': 'exec-post-app',
  'hook-accepting': 'exec-post-app',
  'hook-accepting-once': 'exec-post-app',
  'hook-accepting1': 'exec-post-app',
  'hook-accepting1-once': 'exec-post-app',
  'hook-as-user-atexit': 'exec-as-user-atexit',
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** `path rest` */
const two = (argument: string, make: (path: string, rest: string) => string): string | undefined => {
  const [, path, rest = ''] = /^(\S+)(?:\s+(.*))?$/s.exec(argument) ?? []
  return path === undefined ? undefined : make(quote(path), rest)
}

/** uWSGI's own actions as a shell says them. */
const shell: Record<string, (argument: string) => string | undefined> = {
  exec: (command) => command,
  safeexec: (command) => `${command} || true`,
  print: (text) => `echo ${quote(text)}`,
  log: (text) => `echo ${quote(text)}`,
  mkdir: (path) => `mkdir -p ${quote(path)}`,
  creat: (path) => `: > ${quote(path)}`,
  create: (path) => `: > ${quote(path)}`,
  touch: (path) => `touch ${quote(path)}`,
  unlink: (path) => `rm -f ${quote(path)}`,
  rmdir: (path) => `rmdir ${quote(path)}`,
  write: (argument) => two(argument, (path, text) => `printf '%s' ${quote(text)} > ${path}`),
  append: (argument) => two(argument, (path, text) => `printf '%s' ${quote(text)} >> ${path}`),
  chmod: (argument) => two(argument, (path, mode) => `chmod ${quote(mode)} ${path}`),
  chown: (argument) =>
    two(argument, (path, owner) => `chown ${quote(owner.trim().replace(/\s+/, ':'))} ${path}`),
  rename: (argument) => two(argument, (path, to) => `mv ${path} ${quote(to)}`),
}

function commandOf(action: string): string | undefined {
  const [, name = '', argument = ''] = /^(\w+):(.*)$/s.exec(action.trim()) ?? []
  return argument === '' || !Object.hasOwn(shell, name) ? undefined : shell[name]?.(argument)
}

const instead = 'exec-asap, exec-pre-app, exec-post-app and exec-as-user run commands'

const untaken = (entry: Entry, draft: Draft): void =>
  tell(draft, entry, 'warning', `${entry.key} = ${entry.value}: this hook is not run`, instead)

function take(entry: Entry, draft: Draft): void {
  const value = entry.value ?? ''
  const command = commandOf(value)
  const option = moments[entry.key]
  if (/^unix_signal:(2|15) +gracefully_kill_them_all$/.test(value)) {
    tell(draft, entry, 'note', 'SIGTERM and SIGINT are graceful here without a hook')
  } else if (command !== undefined && option !== undefined) addToOption(draft, option, command, entry)
  else untaken(entry, draft)
}

/** `file action` */
function takeTouch(entry: Entry, draft: Draft): void {
  const [, file, action = ''] = /^(\S+)\s+(.+)$/s.exec(entry.value ?? '') ?? []
  const command = commandOf(action)
  if (file === undefined || command === undefined) untaken(entry, draft)
  else addToOption(draft, 'touch-exec', `${file} ${command}`, entry)
}

const hook: Fate = {
  kind: 'translated',
  doc: 'exec, print, mkdir, write, append, touch, creat, unlink, rename, chmod and chown run as commands of that moment; `unix_signal:15 gracefully_kill_them_all` is always on; others are told.',
  take,
}

export const hooks: Record<string, Fate> = {
  ...Object.fromEntries(Object.keys(moments).map((name) => [name, hook])),
  'hook-touch': { ...hook, doc: '`file action`: as touch-exec.', take: takeTouch },
}
