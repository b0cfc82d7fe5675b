// The part of njs's `r` that behaves the same in every engine and every phase postern uses. Types only.
// njs-types describes more, but also what old engines lack; a handler written against this file loads everywhere.

/** What js_set and js_header_filter handlers may read. */
export type NjsRequest = {
  readonly method: string
  /** Decoded and normalised path, without arguments. */
  readonly uri: string
  readonly httpVersion: string
  readonly remoteAddress: string
  /** Look-up ignores case. A repeated header is joined, differently in each engine: read it through header(). */
  readonly headersIn: { readonly [name: string]: string | undefined }
  /** Name and value of each line, as sent. */
  readonly rawHeadersIn?: readonly (readonly string[])[]
  /** nginx variables; only js_var variables may be written. */
  readonly variables: { [name: string]: string | undefined }
  log(message: string): void
  warn(message: string): void
  error(message: string): void
}

/** What a js_header_filter handler may also do. */
export type NjsFilterRequest = NjsRequest & {
  status: number
  headersOut: { [name: string]: string | string[] | undefined }
}

/** What a js_content handler may also do. */
export type NjsContentRequest = NjsFilterRequest & {
  /** Throws in njs < 0.9 when the body went to a file. */
  readonly requestText: string | undefined
  return(status: number, body?: string): void
}
