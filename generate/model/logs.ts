// The access log: where it is, its formats, and the shorter one of folders of files.

import { join, resolve } from 'node:path'
import { expr } from '../arg.ts'
import { type Line, type LogFormat, line, type Section, section } from '../site.ts'
import type { Draft } from './draft.ts'
import { requestId } from './headers.ts'
import type { Names } from './names.ts'

export const logFolder = (names: Names): string => join(names.runDir, 'log')

export function accessLog({ config, facts, names }: Draft, format: string): Line {
  const { access } = config.logs
  const path = access ? resolve(facts.folder, access) : join(logFolder(names), 'access.log')
  // nginx takes no variable in the name of a buffered log, and has no other way to say a dollar sign.
  return line('access_log', path, format, ...(path.includes('$') ? [] : ['buffer=32k', 'flush=1s']))
}

const isJson = ({ config: { logs } }: Draft): boolean => logs.format === 'json' && logs.access !== false
const filesFormat = ({ names }: Draft): string => `${names.logFormat}_files`

/** Making an id costs a tenth of a small file, and no application's log has it. */
export function fileLog(draft: Draft): Section {
  if (!draft.whole || !isJson(draft)) return section('')
  draft.hasFileLog = true
  return section(
    'The log without what files do not have: an application’s times, and an id to find its log by.',
    accessLog(draft, filesFormat(draft)),
  )
}

export function logFormats(draft: Draft): LogFormat[] {
  if (!isJson(draft)) return []
  const route = draft.made.wiring?.vars.some(({ variable }) => variable === draft.own('name'))
  const client = [
    '"addr":"$remote_addr","host":"$host",',
    '"method":"$request_method","path":"$uri","protocol":"$server_protocol","status":$status,',
    '"bytes_in":$request_length,"bytes_out":$bytes_sent,"seconds":$request_time,',
  ]
  const connection = [
    '"connection":$connection,"requests":$connection_requests,',
    '"referer":"$http_referer","agent":"$http_user_agent"}',
  ]
  return [
    {
      why: 'One JSON object per request. The query is left out: it may hold tokens.',
      name: draft.names.logFormat,
      escape: 'json',
      parts: [
        `{"time":"$time_iso8601","id":"${requestId(draft)}",`,
        ...client,
        ...(route ? [`"route":"$${draft.own('name')}",`] : []),
        '"upstream":"$upstream_addr","upstream_status":"$upstream_status","upstream_seconds":"$upstream_response_time",',
        '"cache":"$upstream_cache_status",',
        ...connection,
      ].map(expr),
    },
    ...(draft.hasFileLog
      ? [
          {
            why: 'The same for files.',
            name: filesFormat(draft),
            escape: 'json',
            parts: ['{"time":"$time_iso8601",', ...client, ...connection].map(expr),
          },
        ]
      : []),
  ]
}
