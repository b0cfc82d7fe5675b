// Names for one request: its id, and W3C Trace Context (https://www.w3.org/TR/trace-context/). Pure.

/** A client's own id is taken only when it cannot do harm in a log or a header. */
export function acceptId(given: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{7,63}$/.test(given) ? given : ''
}

/**
 * The traceparent for the application: the caller's trace goes on with a new span, or a new sampled trace begins.
 * `own` is 32 hex digits of randomness (nginx's $request_id).
 */
export function nextTraceparent(given: string, own: string): string {
  const span = own.substring(0, 16)
  const found = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(given)
  if (
    !found ||
    found[1] === 'ff' ||
    /^0+$/.test(found[2] as string) ||
    /^0+$/.test(found[3] as string) ||
    (found[1] === '00' && found[5] !== undefined)
  ) {
    return `00-${own}-${span}-01`
  }
  return `00-${found[2]}-${span}-${sampled(found[4] as string)}`
}

/** Of the flags only the lowest bit has a meaning in version 00. */
function sampled(flags: string): string {
  return Number(`0x${flags}`) % 2 === 1 ? '01' : '00'
}
