// Reason phrases of the statuses the gateway answers with by itself.

export const STATUS_CODES: Record<number, string> = {
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  417: 'Expectation Failed',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
}

/** The status of a response head that begins at `at`, read from its first three bytes. */
export const statusAt = (head: Buffer, at: number): number =>
  ((head[at] as number) - 48) * 100 + ((head[at + 1] as number) - 48) * 10 + (head[at + 2] as number) - 48

export const statusOf = (head: Buffer): number => statusAt(head, 0)

/** Responses that never have a body, whatever the application sends. */
export const isBodiless = (status: number): boolean => status === 304 || status === 204 || status < 200

/** The value of a header in a response head, or undefined. For rare paths. */
export function headerOf(head: Buffer, name: string): string | undefined {
  const wanted = `${name.toLowerCase()}:`
  const line = head
    .toString('latin1')
    .split('\r\n')
    .find((text) => text.toLowerCase().startsWith(wanted))
  return line?.slice(wanted.length).trim()
}

/** The head without one header. For rare paths. */
export function withoutHeader(head: Buffer, name: string): Buffer {
  const wanted = `${name.toLowerCase()}:`
  const lines = head.toString('latin1').split('\r\n')
  return Buffer.from(lines.filter((text) => !text.toLowerCase().startsWith(wanted)).join('\r\n'), 'latin1')
}
