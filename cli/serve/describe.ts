// A gateway's options in a few lines for the terminal: what is served, where, by whom. Pure.

import type { GatewayOptions } from '../../gateway/options.ts'

export function describe(options: GatewayOptions): string[] {
  const { processes, threads, cheaper, home, python } = options
  const applications = [options['wsgi-file'] ?? options.module ?? options.paste, ...options.mount].filter(
    Boolean,
  )
  const many = cheaper !== undefined && cheaper < processes ? `${cheaper} to ${processes}` : String(processes)
  const perWorker = threads > 1 ? `, ${threads} threads each` : ''
  return [
    `serving ${applications.join(', ')}${options.chdir ? ` (in ${options.chdir})` : ''}`,
    ...options.http.filter(hasPort).map((address) => `  ${link(address)} for browsers and proxies`),
    ...options.socket
      .filter(hasPort)
      .map((address) => `  ${address} for nginx: fastcgi_pass, uwsgi_pass or proxy_pass`),
    `  ${many} worker process${many === '1' ? '' : 'es'}${perWorker}, ${home ? `${home}/bin/python` : python}`,
  ]
}

/** Port 0 is known when it is open. */
export function describeChosen(options: GatewayOptions, addresses: readonly string[]): string[] {
  const { socket, http } = options
  const opened = (index: number): string => addresses[index] as string
  return [
    ...socket.flatMap((asked, i) => (hasPort(asked) ? [] : [`${opened(i)} for nginx`])),
    ...http.flatMap((asked, i) =>
      hasPort(asked) ? [] : [`${link(opened(socket.length + i))} for browsers and proxies`],
    ),
  ]
}

const hasPort = (address: string): boolean => address.startsWith('/') || !/:0+$/.test(address)

function link(address: string): string {
  const [, host, port] = /^(.*):(\d+)$/.exec(address) ?? []
  if (port === undefined || address.startsWith('/')) return address
  return `http://${['', '*', '0.0.0.0', '[::]'].includes(host as string) ? 'localhost' : host}:${port}/`
}
