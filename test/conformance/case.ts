// The conformance cases as data (test/fixtures/conformance/cases.json), shared with the worker's Python tests.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export type CaseRequest = {
  path: string
  method?: string
  headers?: [string, string][]
  /** Latin-1 text, a byte for each character. */
  body?: string
  /** Instead of `body`: so many `x`. */
  bodySize?: number
  chunked?: boolean
  /** Content-Length that the client promises and then breaks by hanging up. */
  cutAt?: number
  /** Sends `Expect: 100-continue` and the body only after 100, or the final answer. */
  expect?: boolean
  /** The target is written `http://localhost/…`. */
  absolute?: boolean
  /** Send it several times, judge the last. */
  repeat?: number
  /** Closes its half of the connection behind the request. */
  halfClose?: boolean
  /** Hangs up at the first bytes of the answer. */
  hangUp?: boolean
  /** Bytes as they are, instead of all the above. */
  raw?: string
}

type HeaderWish = string | string[] | null | { not: string }

export type Expectation = {
  status?: number
  headers?: Record<string, HeaderWish>
  body?: string
  size?: number
  sha1?: string
  json?: unknown
  jsonHas?: Record<string, unknown>
  jsonLacks?: string[]
  jsonFilled?: string[]
  /** The client must see a failure: an error status, or an answer that is cut. */
  visible?: boolean
  /** Texts that must not reach the client. */
  hides?: string[]
  /** What `/state/<case>` says afterwards. */
  state?: Record<string, unknown>
  /** The request was cut: refused with 400 or 408, or else only `state` counts. */
  cutRequest?: boolean
  /** An interim status that must, or with null must not, come first. */
  interim?: number | null
  /** A text that must be in the server's log. */
  log?: string
  /** A text that must not come into the log by this case. */
  logLacks?: string
  /** The second answer on the connection. */
  then?: { status: number; body: string }
}

export type Case = {
  name: string
  topic: string
  claim: string
  /** `direct`: about the HTTP parser, which behind nginx is nginx. */
  link?: 'direct'
  /** Why `wsgiref.validate` refuses the case's application: wrong on purpose, or where the validator asks more than PEP 3333. */
  invalid?: string
  request: CaseRequest
  expect: Expectation
}

const file = join(import.meta.dirname, '..', 'fixtures', 'conformance', 'cases.json')

export const cases: readonly Case[] = JSON.parse(readFileSync(file, 'utf8'))
