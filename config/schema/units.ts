// The small vocabularies of the site file: sizes, durations, addresses, names, paths. Each explains itself when it
// refuses. Knows nothing of nginx beyond the limits of its own grammar.

import { isIP } from 'node:net'
import { z } from 'zod'

/** `16k`, `10m`, `1g`, plain bytes, or 0. nginx reads the same letters. */
export const size = z
  .union([z.int().min(0), z.string().regex(/^\d{1,12}[kKmMgG]?$/)], {
    error: 'a size: bytes, or a number followed by k, m or g, such as "16k" or "64m"',
  })
  .transform((value) => String(value).toLowerCase())

const unitMs: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
}

/** Milliseconds. A number is seconds. */
export const duration = z
  .union([z.number().min(0).max(3_153_600_000), z.string().regex(/^\d{1,10}(ms|s|m|h|d|w|y)$/)], {
    error: 'a duration: seconds, or a number followed by ms, s, m, h, d, w or y, such as "30s" or "1d"',
  })
  .transform((value) => {
    if (typeof value === 'number') return Math.round(value * 1000)
    const [, number, unit] = /^(\d+)(\D+)$/.exec(value) as unknown as [string, string, string]
    return Number(number) * (unitMs[unit] as number)
  })

/** A name that may stand inside an nginx variable, zone or file name. */
export const identifier = z.string().regex(/^[a-z][a-z0-9_-]{0,40}$/, {
  error: 'a name of lower-case letters, digits, _ and -, at most 41, that begins with a letter',
})

const hostPattern =
  /^(?=.{1,253}$)(?:\*\.|\.)?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?)(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?)*(?:\.\*)?\.?$|^\[[0-9a-f:.]+\]$/i

/** What nginx's server_name takes: a name, `.name`, `*.name`, `name.*` or an address. */
export const serverName = z
  .string()
  .regex(hostPattern, {
    error:
      'a host name such as "example.org", ".example.org" (with its subdomains), "*.example.org" or an address',
  })
  .transform((value) => value.toLowerCase())

/** A host that can be redirected to or linked to: no wildcard. */
export const plainHost = z
  .string()
  .regex(
    /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?)*(?::\d{1,5})?$/i,
    {
      error: 'a host name without wildcards, such as "www.example.org"',
    },
  )
  .transform((value) => value.toLowerCase())

/** A path of a URL, as sent: begins with a slash, no spaces, no query. */
export const urlPath = z.string().regex(/^\/[^\s?#\\\u0000-\u001f\u007f]*$/, {
  error: 'a path that begins with / and has no spaces, ? or #',
})

/** A path that stands for everything below it: begins and ends with a slash. */
export const urlFolder = urlPath.refine((value) => value.endsWith('/'), {
  error:
    'a path that begins and ends with /, such as "/static/" (without the last slash, siblings such as /static-old would match)',
})

export const filePath = z
  .string()
  .min(1)
  .max(4096)
  .refine((value) => !/[\u0000-\u001f\u007f]/.test(value), {
    error: 'a file path without control characters',
  })

/** Visible text for headers and bodies' single lines: CR and LF would split the response. */
export const headerValue = z
  .string()
  .max(8192)
  .refine((value) => !/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value), {
    error: 'one line of text; control characters would split the response',
  })

/** RFC 9110's token, but for $, which nginx would take for a variable in some places and not in others. */
export const headerName = z
  .string()
  .regex(/^[!#%&'*+.^_`|~0-9A-Za-z-]{1,128}$/, { error: 'a header name such as "X-Frame-Options"' })

/** A request header nginx can look at: it has variables for these only. */
export const askedHeader = z.string().regex(/^[0-9A-Za-z-]{1,64}$/, {
  error: 'the name of a request header, of letters, digits and -, such as "Accept-Language"',
})

const port = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535

/** 8080, "127.0.0.1:8080", "[::1]:8080", "*:80" or "unix:/run/site.sock". */
export const address = z
  .union([z.int(), z.string()])
  .transform(String)
  .refine(
    (value) => {
      if (value.startsWith('unix:')) return /^unix:\/[^\s;{}"'\\$]{1,101}$/.test(value)
      const found = /^(?:(?<host>\*|[\w.-]+|\[[0-9a-fA-F:.]+\]):)?(?<port>\d+)$/.exec(value)
      return found?.groups?.port !== undefined && port(found.groups.port)
    },
    { error: 'a port (1 to 65535), "host:port", "[::1]:port" or "unix:/path" (at most 107 bytes)' },
  )

/** An address or network for allow, deny and realIp. */
export const network = z
  .string()
  .refine(isNetwork, { error: 'an IP address or network such as "10.0.0.0/8" or "2001:db8::/32"' })

function isNetwork(text: string): boolean {
  if (text === 'unix:') return true
  const [host, bits, ...more] = text.split('/') as [string, ...string[]]
  const version = isIP(host)
  if (version === 0 || more.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}

/** JavaScript's own judgement; PCRE knows more, `(?i)` for one, but the site's patterns are read by both. */
export function isRegex(text: string): boolean {
  try {
    new RegExp(text)
    return true
  } catch {
    return false
  }
}
