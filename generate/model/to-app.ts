// How a location hands its requests to an application. Knows not why a request is there.

import type { Policy } from '../../config/schema/policies.ts'
import { PosternError } from '../../errors.ts'
import { expr } from '../arg.ts'
import { line, literal, type Section, section } from '../site.ts'
import { appsOf } from './app.ts'
import type { Draft } from './draft.ts'
import { awaySection } from './pages.ts'
import { passSections } from './pass.ts'
import { policySections } from './policies.ts'

/** `wanted`: an application by name; without, the one at `/`. */
export function toApp(
  draft: Draft,
  name: string,
  wanted: string | undefined,
  policy: Policy,
  how: { rewritten?: boolean; storedBody?: boolean },
): Section[] {
  const apps = appsOf(draft.config)
  const found =
    wanted === undefined
      ? (apps.find(({ app }) => app.at === '/') ?? apps[0])
      : apps.find((one) => one.name === wanted)
  if (!found) {
    throw new PosternError('GENERATE_REFUSED', {
      key: `routes.${name}.app`,
      reason: `there is no application ${JSON.stringify(wanted ?? 'main')}; known: ${apps.map((one) => one.name).join(', ') || 'none'}`,
    })
  }
  return [
    awaySection(draft),
    ...policySections(draft, policy, name, 'fastcgi'),
    ...(how.rewritten ? [rewriteSection(draft)] : []),
    ...passSections(draft, {
      scriptName: found.app.at === '/' ? '' : found.app.at.slice(0, -1),
      timeoutMs: policy.timeout,
      rewritten: how.rewritten ?? false,
      storedBody: how.storedBody ?? false,
      authenticated: policy.password !== undefined,
      streamUploads: policy.uploads === 'stream',
      events: policy.events ?? false,
    }),
    ...headerFilter(draft),
  ]
}

const rewriteSection = (draft: Draft): Section =>
  section(
    'The application sees the path njs chose.',
    line('rewrite', expr('^'), expr(`$${draft.own('uri')}?$${draft.own('args')}?`), 'break'),
  )

function headerFilter(draft: Draft): Section[] {
  const filter = draft.made.wiring?.headerFilter
  return filter ? [section('The headers handler of edge.ts.', literal('js_header_filter', filter))] : []
}
