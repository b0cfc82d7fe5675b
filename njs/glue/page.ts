// js_set handlers that write the whole page for `return 503 $page`: no js_content, so no request body is read for it.
import { header } from '../lib/headers.ts'
import { page } from '../lib/page.ts'
import type { NjsRequest } from '../request.ts'

export type PageOptions = { site: string; retryAfter: number }
export type ClosedOptions = PageOptions & { title: string; text: string }

/** The value of `$<prefix>page`: the gateway is away (502, 503) or was too slow (504). */
export function awayPage(r: NjsRequest, options: PageOptions, prefix: string): string {
  const upstream = String(r.variables.upstream_status || '').split(/[,:]/)
  const late = (upstream[upstream.length - 1] as string).trim() === '504'
  return write(
    r,
    prefix,
    late
      ? { ...options, status: 504, title: 'This took too long', text: 'The site did not answer in time.' }
      : {
          ...options,
          status: 503,
          title: 'Back in a moment',
          text: 'The site is being restarted or is very busy. Please try again in a moment.',
        },
  )
}

/** The value of `$<prefix>closed_page`: maintenance. */
export function closedPage(r: NjsRequest, options: ClosedOptions, prefix: string): string {
  return write(r, prefix, { ...options, status: 503 })
}

function write(r: NjsRequest, prefix: string, facts: ClosedOptions & { status: number }): string {
  const made = page(
    {
      ...facts,
      requestId: String(r.variables.request_id || ''),
      reload: r.method === 'GET',
    },
    header(r, 'Accept'),
  )
  r.variables[`${prefix}page_type`] = made.type
  r.variables[`${prefix}retry_after`] = facts.retryAfter > 0 ? String(facts.retryAfter) : ''
  return made.body
}
