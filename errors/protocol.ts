// Errors of gateway/protocol: what a peer (nginx, a browser, anybody who reached the socket) said wrong.
import { table } from './table.ts'

type OtherProtocol = 'TLS' | 'HTTP/2' | 'uwsgi' | 'FastCGI'

export const protocolErrors = table({
  REQUEST_HEAD_TOO_LARGE: {
    blame: 'peer',
    status: 431,
    text: (f: { limit: number }) => `the request's head is larger than ${f.limit} bytes`,
    hint: () =>
      'send fewer or shorter headers and cookies; `buffer-size` sets the limit (nginx can send at most 65535)',
  },
  REQUEST_TOO_MANY_VARIABLES: {
    blame: 'peer',
    status: 431,
    text: (f: { limit: number }) => `the request has more than ${f.limit} headers and variables`,
  },
  REQUEST_BAD_LENGTH: {
    blame: 'peer',
    status: 400,
    text: (f: { found: string }) => `Content-Length is not a number of bytes: ${JSON.stringify(f.found)}`,
  },
  REQUEST_BAD_TARGET: {
    blame: 'peer',
    status: 400,
    text: (f: { found: string; reason: string }) =>
      `the request target ${JSON.stringify(f.found)} is not usable: ${f.reason}`,
  },
  REQUEST_NO_METHOD: {
    blame: 'peer',
    status: 400,
    text: (f: { protocol: string }) => `the ${f.protocol} request has no REQUEST_METHOD`,
    hint: () => 'nginx sends it with `include uwsgi_params;` or `include fastcgi_params;` in the location',
  },
  REQUEST_REPEATED: {
    blame: 'peer',
    status: 400,
    text: (f: { name: string }) => `the header ${f.name} came twice with different values`,
  },
  REQUEST_BODY_TOO_LARGE: {
    blame: 'peer',
    status: 413,
    text: (f: { limit: number }) => `the request body is larger than ${f.limit} bytes`,
    hint: () => '`limit-post` sets the limit; nginx has its own, client_max_body_size',
  },
  REQUEST_SPOOL_FULL: {
    blame: 'operator',
    status: 503,
    text: (f: { limit: number }) => `request bodies on disk have reached ${f.limit} bytes together`,
    hint: () => '`body-buffering` sets the limit, `limit-post` that of one body',
  },
  REQUEST_SPOOL_FAILED: {
    blame: 'operator',
    status: 500,
    text: (f: { folder: string; reason: string }) =>
      `a request body cannot be kept in ${f.folder}: ${f.reason}`,
    hint: () => 'TMPDIR names the folder; with `body-buffering` 0 bodies stream',
  },
  REQUEST_BODY_SHORT: {
    blame: 'peer',
    status: 400,
    text: (f: { expected: number; received: number }) =>
      `the request body ended after ${f.received} of ${f.expected} bytes`,
  },
  REQUEST_BODY_LONG: {
    blame: 'peer',
    status: 400,
    text: (f: { expected: number }) => `the request body is longer than its Content-Length of ${f.expected}`,
  },
  REQUEST_BODY_SLOW: {
    blame: 'peer',
    status: 408,
    text: (f: { seconds: number }) => `no byte of the request body arrived for ${f.seconds} seconds`,
    hint: () => '`socket-timeout` sets the limit',
  },
  REQUEST_HEAD_SLOW: {
    blame: 'peer',
    status: 408,
    text: (f: { seconds: number }) => `the request's head was not complete after ${f.seconds} seconds`,
  },
  REQUEST_HEAD_CUT: {
    blame: 'peer',
    status: 400,
    text: (f: { protocol: string }) => `the peer left in the middle of a ${f.protocol} request's head`,
  },
  FASTCGI_BAD_VERSION: {
    blame: 'peer',
    status: 400,
    text: (f: { found: number }) => `FastCGI version ${f.found}; only version 1 exists`,
  },
  FASTCGI_PARAMS_OVERRUN: {
    blame: 'peer',
    status: 400,
    text: (f: { at: number; size: number }) =>
      `the FastCGI parameter at byte ${f.at} runs past its block of ${f.size} bytes`,
  },
  FASTCGI_UNEXPECTED_RECORD: {
    blame: 'peer',
    status: 400,
    text: (f: { type: number; reason: string }) => `FastCGI record of type ${f.type}: ${f.reason}`,
  },
  UWSGI_VARS_OVERRUN: {
    blame: 'peer',
    status: 400,
    text: (f: { at: number; size: number }) =>
      `the uwsgi variable at byte ${f.at} runs past its packet of ${f.size} bytes`,
  },
  UWSGI_MODIFIER_REFUSED: {
    blame: 'peer',
    status: 501,
    text: (f: { modifier: number; meaning: string }) =>
      `a uwsgi packet with modifier ${f.modifier} (${f.meaning}) was refused`,
    hint: () => 'postern speaks modifier 0 (WSGI), 30 (WSGI with SCRIPT_NAME) and 100 (ping), nothing else',
  },
  HTTP_MALFORMED: {
    blame: 'peer',
    status: 400,
    text: (f: { reason: string }) => `the bytes are not a valid HTTP request: ${f.reason}`,
  },
  PROXY_HEADER: {
    blame: 'peer',
    status: 400,
    text: (f: { reason: string }) => `no header of the PROXY protocol: ${f.reason}`,
    hint: () =>
      'with `http-enable-proxy-protocol` every connection has to begin with one; the balancer in front must be told to send it',
  },
  HTTP_CUT: {
    blame: 'peer',
    status: 400,
    text: () => 'the client left in the middle of a request',
  },
  HTTP_OTHER_PROTOCOL: {
    blame: 'peer',
    status: 400,
    text: (f: { found: OtherProtocol }) =>
      `these bytes are ${f.found === 'TLS' ? 'TLS (https://)' : f.found}; plain HTTP/1.1 is spoken here`,
    hint: (f: { found: OtherProtocol }) =>
      f.found === 'TLS' || f.found === 'HTTP/2'
        ? `write http:// for this address; nginx in front of it speaks ${f.found}`
        : 'nginx passes to an address that was given with `http`: give it with `socket` instead, or use proxy_pass',
  },
  HTTP_NO_HOST: {
    blame: 'peer',
    status: 400,
    text: (f: { count: number }) =>
      f.count === 0 ? 'an HTTP/1.1 request needs a Host header' : `${f.count} Host headers in one request`,
  },
  HTTP_BAD_HOST: {
    blame: 'peer',
    status: 400,
    text: (f: { found: string }) => `the Host header ${JSON.stringify(f.found)} is not a host`,
  },
  HTTP_TRANSFER_CODING: {
    blame: 'peer',
    status: 501,
    text: (f: { found: string }) =>
      `the transfer coding ${JSON.stringify(f.found)} is unknown; only chunked is`,
  },
  HTTP_VERSION: {
    blame: 'peer',
    status: 505,
    text: (f: { found: string }) => `HTTP/${f.found} is not spoken here; HTTP/1.0 and HTTP/1.1 are`,
  },
  HTTP_EXPECTATION: {
    blame: 'peer',
    status: 417,
    text: (f: { found: string }) => `the expectation ${JSON.stringify(f.found)} cannot be met`,
    hint: () => 'the only known expectation is 100-continue',
  },
  HTTP_CONNECT: {
    blame: 'peer',
    status: 405,
    text: (f: { target: string }) => `CONNECT ${f.target}: this is no proxy`,
  },
})
