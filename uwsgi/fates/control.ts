// Reloading, stopping, watching, hooks, companions, and where the process lives.

import type { Draft } from '../draft.ts'
import type { Entry } from '../entry.ts'
import {
  address,
  addToOption,
  alwaysOn,
  type Fate,
  flag,
  list,
  noEffect,
  reader,
  refused,
  seconds,
  setOption,
  text,
  translated,
  unsupported,
} from '../fate.ts'
import { badValue, readBool, readText, tell } from '../value.ts'
import { hooks } from './hooks.ts'

const touch = list('touch-reload', 'Zero downtime: the new code must load before the old is let go.')
const autoreload = seconds('py-autoreload', 'Development.')
const stats = address('stats', 'uWSGI’s JSON: uwsgitop and exporters go on working.')

const send = (signal: NodeJS.Signals, doc: string): Fate =>
  reader(doc, (entry, draft) => {
    draft.process.signal = { name: entry.key, signal, pidfile: readText(entry) }
  })

const daemonize = translated(
  'The gateway goes to the background when it is ready; the value is its log file.',
  (entry, draft) => {
    draft.process.daemonize = readText(entry)
    setOption(draft, 'logto', entry.value, entry)
  },
)

const attach = list(
  'attach-daemon',
  'Started with the gateway, restarted when it ends and by a reload, stopped with it.',
)

/** `cron = minute hour day month weekday command`. */
const cronTops = [59, 23, 31, 12, 7]

/** minute hour day month weekday command; the gateway's own reading (companions/cron.ts) has the last word. */
function addCron(draft: Draft, entry: Entry, line: string): void {
  const [, numbers = ''] = /^\s*((?:-?\d+\s+){5})\S/.exec(line) ?? []
  const values = numbers.trim().split(/\s+/).map(Number)
  if (numbers === '' || values.some((value, index) => Math.abs(value) > (cronTops[index] as number)))
    badValue(entry, 'minute hour day month weekday and a command')
  addToOption(draft, 'cron', line, entry)
}

const cron = translated(
  'Run by the gateway; a run that has not ended is not started again.',
  (entry, draft) => {
    addCron(draft, entry, readText(entry))
  },
  'cron',
)

const cronUntaken: Record<string, string> = {
  legion: 'every instance runs it; let one host have the line, or a lock in the command',
  harakiri: 'commands have no time limit; put `timeout` before the command',
}

const cron2 = translated(
  'As cron; `unique` holds for all.',
  (entry, draft) => {
    const value = readText(entry)
    const [, head, command] = /^((?:[a-z]+=[^,\s]*,?)*)\s*(.*)$/s.exec(value) ?? []
    const fields = Object.fromEntries(
      (head ?? '')
        .split(',')
        .filter(Boolean)
        .map((pair) => pair.split('=') as [string, string]),
    )
    for (const [name, why] of Object.entries(cronUntaken)) {
      if (fields[name] !== undefined)
        tell(draft, entry, 'warning', `${entry.key}: ${name}=${fields[name]}: ${why}`)
    }
    const { minute = '-1', hour = '-1', day = '-1', month = '-1', week = '-1', weekday = week } = fields
    addCron(draft, entry, `${minute} ${hour} ${day} ${month} ${weekday} ${command}`)
  },
  'cron',
)

/** Plugins whose work is built in; others are something the application may miss. */
const builtIn =
  /^(\d+:)?(python\d*|pypy\d*|http|https|corerouter|logfile|logsocket|logpipe|rsyslog|syslog|router_\w+|cheaper_\w+|transformation_\w+|ping|stats\w*|clock_\w+)$/

const plugins: Fate = {
  kind: 'no effect',
  doc: 'There are no plugins; what python, http, logfile and router_* do is built in. Others are told.',
  take: (entry, draft) => {
    const names = (entry.value ?? '').split(/[\s,]+/)
    if (names.some((name) => /^(\d+:)?python2\d*$/.test(name))) {
      const text = `${entry.key} = ${entry.value}: Python 2 is not served; the interpreter here is Python 3.8 or newer`
      tell(draft, entry, 'warning', text, 'port the application, or keep uWSGI for it')
    }
    const strange = (entry.value ?? '').split(/[\s,]+/).filter((name) => name !== '' && !builtIn.test(name))
    if (strange.length > 0) {
      tell(
        draft,
        entry,
        'warning',
        `${entry.key}: there is nothing here like ${strange.join(', ')}`,
        'docs/uwsgi-options.md says what takes its place',
      )
    }
  },
}

export const control: Record<string, Fate> = {
  plugin: plugins,
  plugins,
  'need-plugin': plugins,
  'need-plugins': plugins,
  pidfile: text('pidfile', 'Removed at exit.'),
  pidfile2: text('pidfile2'),
  'safe-pidfile': text('pidfile'),
  'safe-pidfile2': text('pidfile2'),
  'touch-reload': touch,
  'touch-workers-reload': touch,
  'touch-chain-reload': { ...touch, doc: 'Every reload replaces workers one by one.' },
  'fs-reload': list('fs-reload'),
  'fs-brutal-reload': list('fs-reload', 'Gracefully.'),
  'touch-logreopen': list('touch-logreopen'),
  'touch-logrotate': list('touch-logrotate'),
  'touch-exec': list('touch-exec'),
  'py-autoreload': autoreload,
  'py-auto-reload': autoreload,
  'python-autoreload': autoreload,
  'python-auto-reload': autoreload,
  'py-auto-reload-ignore': unsupported('Every Python file below chdir is watched.'),
  'master-fifo': list('master-fifo', 'The letters r R c q Q w W + - p s l P are understood.'),
  stop: send('SIGINT', 'Stops the gateway whose pid is in the file.'),
  reload: send('SIGHUP', 'Reloads the gateway whose pid is in the file.'),
  pause: send('SIGTSTP', 'Pauses the gateway whose pid is in the file: new requests wait.'),
  suspend: send('SIGTSTP', 'As pause.'),
  resume: send('SIGTSTP', 'Resumes it.'),
  stats,
  'stats-server': stats,
  'stats-http': flag('stats-http'),
  'stats-minified': noEffect('The JSON is compact.'),
  'stats-min': noEffect('The JSON is compact.'),
  'stats-no-cores': noEffect('Cores are few.'),
  'stats-no-metrics': noEffect('There are no metrics in it.'),
  st: stats,
  'memory-report': alwaysOn('The memory of every worker is in stats and /metrics.'),
  daemonize,
  daemonize2: daemonize,
  'exec-asap': list('exec-asap', 'A command that fails stops the start.'),
  'exec-pre-app': list('exec-pre-app', 'A command that fails stops the start.'),
  'exec-post-app': list('exec-post-app', 'A command that fails stops the start.'),
  'exec-as-root': list('exec-as-root', 'A command that fails stops the start.'),
  'exec-as-user': list('exec-as-user', 'A command that fails stops the start.'),
  'exec-as-user-atexit': list('exec-as-user-atexit'),
  'exec-pre-jail': list('exec-asap', 'There is no jail: as exec-asap.'),
  'exec-post-jail': list('exec-asap', 'There is no jail: as exec-asap.'),
  'exec-in-jail': list('exec-asap', 'There is no jail: as exec-asap.'),
  'attach-daemon': attach,
  'attach-daemon2': translated(
    '`cmd=…` of it; see attach-daemon.',
    (entry, draft) => {
      const command = /(?:^|,)cmd=([^,]*)/.exec(entry.value ?? '')?.[1] ?? entry.value ?? ''
      addToOption(draft, 'attach-daemon', command, entry)
    },
    'attach-daemon',
  ),
  'attach-control-daemon': attach,
  'smart-attach-daemon': translated(
    '`pidfile command`: the command stays in the foreground here; it goes on through reloads.',
    (entry, draft) => {
      const [, pidfile, command] = /^(\S+)\s+(.+)$/s.exec(readText(entry)) ?? []
      if (command === undefined)
        return tell(draft, entry, 'error', `${entry.key} expects \`pidfile command\``)
      tell(
        draft,
        entry,
        'warning',
        `${entry.key}: '${command}' must stay in the foreground; ${pidfile} is not used`,
      )
      addToOption(draft, 'smart-attach-daemon', command, entry)
    },
    'smart-attach-daemon',
  ),
  'smart-attach-daemon2': refused(
    'daemons that leave a pid file are not adopted',
    'use attach-daemon with a command that stays in the foreground',
  ),
  'daemons-honour-stdin': noEffect('Daemons have no standard input.'),
  cron,
  'unique-cron': cron,
  cron2,
  ...hooks,
  'cron-harakiri': unsupported(
    'Scheduled commands have no time limit.',
    'put `timeout 60` before the command',
  ),
  timer: refused('uWSGI signals are not there', 'use cron'),
  rbtimer: refused('uWSGI signals are not there', 'use cron'),
  chroot: unsupported(
    'chroot, namespaces and cgroups are the service manager’s.',
    'RootDirectory= and its kin in systemd, or a container',
  ),
  'honour-stdin': unsupported(
    'Workers have no terminal: requests come from several of them.',
    'for a debugger run one worker and use remote-pdb or debugpy',
  ),
  'show-config': reader('Prints the configuration as it was read, then starts.', (entry, draft) => {
    draft.process.show = readBool(entry, draft)
  }),
  get: reader('Prints the value of an option and stops.', (entry, draft) => {
    draft.process.get.push(readText(entry))
  }),
  print: reader('Prints its value.', (entry, draft) => {
    draft.process.print.push(entry.value ?? '')
  }),
  iprint: reader('Prints its value.', (entry, draft) => {
    draft.process.print.push(entry.value ?? '')
  }),
  version: reader('`postern --version`.'),
  help: reader('`postern serve --help`.'),
  usage: reader('`postern serve --help`.'),
  exit: reader('Stops after the configuration has been read.'),
}
