// What uWSGI logs, where and how.

import type { Draft } from '../draft.ts'
import type { Entry } from '../entry.ts'
import {
  alwaysOn,
  count,
  type Fate,
  flag,
  noEffect,
  setOption,
  text,
  translated,
  unsupported,
} from '../fate.ts'
import { readText, tell } from '../value.ts'

const format = text(
  'log-format',
  'uWSGI’s variables, `-` for what the gateway cannot know (vsz, vars, pktsize); `json` for JSON lines.',
)

const logDate: Fate = {
  kind: 'honoured',
  doc: 'Every line has a time in any case; a strftime format changes it.',
  option: 'log-date',
  take: (entry, draft) => {
    if (!/^(true|1|on|yes|)$/i.test(entry.value ?? '')) setOption(draft, 'log-date', entry.value, entry)
  },
}

/** `file:/path`, `stdio:`, `name file:/path`, `/path` … The access log may have a file of its own. */
function takeLogger(entry: Entry, draft: Draft): void {
  const option = entry.key === 'logger' ? 'logto' : 'req-logto'
  const value = readText(entry).replace(/^\w+\s+(?=\w+:?)/, '')
  const [, engine = '', argument = ''] = /^(\w+)(?::(.*))?$/s.exec(value) ?? ['', 'file', value]
  if (/^(stdio|stdout|stderr|fd)$/.test(engine)) {
    if (option === 'req-logto') setOption(draft, option, '-', entry)
    return
  }
  if (engine === 'file') {
    // `file:logfile=/x,maxsize=…` is the other way to write it.
    const settings = Object.fromEntries(
      argument.split(',').map((pair) => pair.split('=') as [string, string]),
    )
    if (settings.maxsize) setOption(draft, 'log-maxsize', Number(settings.maxsize), entry)
    if (settings.backupname) setOption(draft, 'log-backupname', settings.backupname, entry)
    const path = settings.logfile ?? argument
    const before = draft.gateway[option]
    if (before !== undefined && before !== path) {
      const text = `${entry.key} = ${entry.value}: the log goes to one file; ${before} is not written any more`
      tell(draft, entry, 'warning', text, 'keep one of the two lines')
    }
    setOption(draft, option, path, entry)
    return
  }
  tell(
    draft,
    entry,
    'warning',
    `${entry.key} = ${entry.value}: only stdio and file are log targets here`,
    'log to standard error and let systemd or the container’s runtime carry it (journald, syslog, fluentd)',
  )
}

const logger = translated('`stdio` and `file:…`.', takeLogger, 'logto')
const requestLogger = translated('`stdio` and `file:…`: the access log by itself.', takeLogger, 'req-logto')

function takeEncoder(entry: Entry, draft: Draft): void {
  const value = readText(entry)
  // `json:name` and `format:name` are for one logger of several; here there is one.
  const [, encoder = '', , template = ''] = /^(\w+)(:\S+)?\s*(.*)$/s.exec(value) ?? []
  if (encoder === 'json') {
    setOption(draft, 'log-json', true, entry)
    if (template === '') return
    const text = `${entry.key}: every line is a JSON object with the fields time, level, event and text, not those of ${template}`
    tell(draft, entry, 'note', text, 'what reads the log has to know these names')
  } else if (encoder === 'format' && /^\$\{msg(nl)?\}$/.test(template)) return
  else if (!/^(nl|prefix|suffix)$/.test(encoder))
    tell(
      draft,
      entry,
      'warning',
      `${entry.key} = ${value}: only json is there`,
      'log-format shapes the access log',
    )
}

const encoder = translated('`json` makes every line a JSON object.', takeEncoder, 'log-json')
/** Lines of JSON here, all others there: what a JSON log does by itself. */
const tellsJsonApart = (pattern: string): boolean => /^\^?\\?\{|\(\?!\\?\{\)/.test(pattern)

const route = translated(
  'Lines that are JSON already stay as they are in a JSON log; other patterns are told.',
  (entry, draft) => {
    const [, pattern = ''] = /^\S+\s+(.*)$/s.exec(entry.value ?? '') ?? []
    if (tellsJsonApart(pattern)) return
    const text = `${entry.key} = ${entry.value}: lines are not routed by pattern`
    tell(draft, entry, 'warning', text, 'log-skip leaves out requests; one log file is for all')
  },
)

const rule = unsupported(
  'Lines are not routed by pattern.',
  'log-skip leaves out requests; with log-json what the application writes as JSON stays as it is',
)

export const logging: Record<string, Fate> = {
  'disable-logging': flag('disable-logging', 'No access log; errors are still logged.'),
  'log-4xx': flag('log-4xx'),
  'log-5xx': flag('log-5xx'),
  'log-slow': count('log-slow', 'Milliseconds.'),
  'log-big': count('log-big', 'Bytes.'),
  'log-zero': flag('log-zero'),
  'log-ioerror': unsupported('Clients that leave are counted, not logged.'),
  'log-sendfile': unsupported('Files are not told apart in the log.'),
  'log-micros': noEffect('%(micros) is there.'),
  logto: text('logto'),
  logto2: text('logto'),
  'log-master': alwaysOn('The gateway writes the log of all.'),
  'log-reopen': alwaysOn('SIGUSR1 and `l` on the fifo reopen the log.'),
  'log-maxsize': count('log-maxsize'),
  'log-backupname': text('log-backupname'),
  'log-truncate': flag('log-truncate'),
  'threaded-logger': alwaysOn('Logging never holds up a request.'),
  'log-format': format,
  logformat: format,
  'log-format-strftime': flag('logformat-strftime'),
  'logformat-strftime': flag('logformat-strftime'),
  'log-date': logDate,
  logdate: logDate,
  'log-prefix': logDate,
  'log-x-forwarded-for': flag('log-x-forwarded-for'),
  logger,
  'req-logger': requestLogger,
  'logger-req': requestLogger,
  'log-encoder': encoder,
  'log-req-encoder': encoder,
  'log-route': route,
  'log-req-route': route,
  'log-filter': rule,
  'log-drain': rule,
  'log-syslog': unsupported(
    'syslog is not spoken.',
    'log to standard error; systemd carries it to the journal and to syslog',
  ),
  'log-socket': unsupported('Logs are not sent over sockets.', 'log to standard error'),
  'logfile-chown': noEffect('The log file is opened before the privileges are dropped.'),
  'logfile-chmod': noEffect('Log files have mode 640.'),
  'log-master-bufsize': noEffect('Lines of any length are taken.'),
  'log-master-stream': noEffect('Lines of any length are taken.'),
  'log-master-req-stream': noEffect('Lines of any length are taken.'),
  'ignore-sigpipe': alwaysOn('A client that leaves is no error.'),
  'ignore-write-errors': alwaysOn('A client that leaves is no error.'),
  'write-errors-tolerance': alwaysOn('A client that leaves is no error.'),
  'write-errors-exception-only': alwaysOn('A client that leaves is no error.'),
  'disable-write-exception': alwaysOn('A client that leaves is no error.'),
}
