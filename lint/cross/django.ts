// nginx's configuration against a Django project's settings.

import { answerTo } from '../model/file.ts'
import { readTarget } from '../model/handler.ts'
import type { Model } from '../model/model.ts'
import type { Statement } from '../model/statement.ts'
import { unknownAround } from '../model/unread.ts'
import { variablesOf } from '../model/value.ts'
import type { Behind, CrossReport, CrossRule } from './behind.ts'
import { appSites, readSize, sayMb } from './units.ts'

const DATA_UPLOAD_DEFAULT = 2_621_440
const BODY_DEFAULT = 1024 ** 2

const folder = (path: string): string => path.replace(/\/+$/, '')

/** The path part of STATIC_URL, with both slashes; undefined for another host (a CDN). */
function urlPath(url: string | undefined): string | undefined {
  if (url === undefined || url === '' || /^(?:[a-z]+:)?\/\//i.test(url)) return undefined
  const path = url.startsWith('/') ? url : `/${url}`
  return path.endsWith('/') ? path : `${path}/`
}

/** For a site that postern builds: nothing is to be written into its nginx.conf by hand. */
const remedies = {
  static: "such as BASE_DIR / 'static', and run collectstatic: postern build then lets nginx serve it",
  media: 'and build again: media in the site file says who may see it',
}

function files(kind: 'static' | 'media', name: string): CrossRule {
  const setting = kind === 'static' ? 'STATIC_ROOT' : 'MEDIA_ROOT'
  return {
    name,
    severity: 'error',
    summary: `nginx looks for ${kind} files in another folder than Django puts them.`,
    why:
      kind === 'static'
        ? 'collectstatic writes to STATIC_ROOT. When nginx serves STATIC_URL from elsewhere, the site has no style sheets; when it passes it to Django, Django answers 404 unless DEBUG is on.'
        : 'Uploads are written to MEDIA_ROOT; Django itself never serves them outside of development.',
    check(model, { django, server }, report) {
      const url = urlPath(kind === 'static' ? django?.staticUrl : django?.mediaUrl)
      const root = kind === 'static' ? django?.staticRoot : django?.mediaRoot
      if (django === undefined || url === undefined || url === '/') return
      const isSite = server?.name === 'postern'
      for (const { site } of appSites(model)) {
        const answer = answerTo(site.server, `${url}x.css`)
        if (answer.kind === 'pass') {
          if (kind === 'static' && django.servesStatic) continue
          report(answer.by, `${url} goes to Django, which does not serve ${kind} files`, {
            severity: 'warning',
            help:
              root === undefined || root === ''
                ? `set ${setting}, ${isSite ? remedies[kind] : `and add location ^~ ${url} { alias <${setting}>/; }`}`
                : `location ^~ ${url} { alias ${folder(root)}/; }`,
          })
        } else if (answer.kind === 'file' && (root === undefined || root === '')) {
          report(answer.by, `nginx serves ${url}, but ${setting} is not set`, {
            severity: 'warning',
            help: `${setting} = "${folder(answer.path.replace(/x\.css$/, ''))}"`,
          })
        } else if (
          answer.kind === 'file' &&
          folder(answer.path.replace(/x\.css$/, '')) !== folder(root ?? '')
        ) {
          report(answer.by, `${url}x.css is looked for at ${answer.path}, but ${setting} is ${root}`, {
            help: `location ^~ ${url} { alias ${folder(root ?? '')}/; }`,
          })
        }
      }
    },
  }
}

const matchesHost = (name: string, allowed: string[]): boolean =>
  allowed.some((one) => {
    const wanted = one.toLowerCase()
    if (wanted === '*') return true
    const bare = name.replace(/^\*?\./, '')
    if (wanted.startsWith('.')) return bare === wanted.slice(1) || bare.endsWith(wanted)
    return name === wanted
  })

const hosts: CrossRule = {
  name: 'django-allowed-hosts',
  severity: 'error',
  summary: 'nginx serves names that ALLOWED_HOSTS does not have.',
  why: 'Django answers 400 Bad Request to every Host that is not in ALLOWED_HOSTS, whatever nginx thinks of it.',
  check(model, { django }, report) {
    const allowed = django?.allowedHosts
    if (django === undefined || allowed === undefined) return
    const effective = allowed.length === 0 && django.debug ? ['.localhost', '127.0.0.1', '[::1]'] : allowed
    for (const { site, passes } of appSites(model)) {
      const at = site.server.first('server_name')
      for (const name of site.names) {
        if (
          name === '' ||
          name === '_' ||
          name.startsWith('~') ||
          name.includes('$') ||
          name.endsWith('.*') ||
          matchesHost(name, effective)
        )
          continue
        report(at, `Django answers 400 for ${name}: it is not in ALLOWED_HOSTS`, {
          help: `add "${name.replace(/^\*/, '')}" to ALLOWED_HOSTS`,
        })
      }
      for (const pass of passes) sentHost(pass, effective, report)
    }
  },
}

/** proxy_pass without Host: Django is told the upstream's name. */
function sentHost(pass: Statement, allowed: string[], report: CrossReport): void {
  if (
    pass.name !== 'proxy_pass' ||
    pass.parent === undefined ||
    unknownAround(pass.parent) ||
    pass.arg.includes('$')
  )
    return
  if (pass.parent.effectiveAll('proxy_set_header').some((one) => one.arg.toLowerCase() === 'host')) return
  const { host } = readTarget(pass)
  const name = host.startsWith('unix:') ? 'localhost' : host.replace(/:\d+$/, '')
  if (!matchesHost(name, allowed))
    report(pass, `Django is told the Host “${name}”, which is not in ALLOWED_HOSTS: 400 for every request`, {
      help: 'proxy_set_header Host $host;',
    })
}

const sslHeader: CrossRule = {
  name: 'django-proxy-ssl-header',
  severity: 'error',
  summary: 'nginx and SECURE_PROXY_SSL_HEADER do not agree on how https is told.',
  why: 'Without the header Django takes every request as http: CSRF fails, links are http://, SECURE_SSL_REDIRECT redirects for ever. With the setting but a header that nginx does not set, any client can claim https.',
  check(model, { django }, report) {
    if (django === undefined || django.proxySslUnknown) return
    for (const { site, passes } of appSites(model))
      for (const pass of passes) perPass(pass, site.tls, django, report)
  },
}

function perPass(
  pass: Statement,
  tls: boolean,
  django: NonNullable<Behind['django']>,
  report: CrossReport,
): void {
  const block = pass.parent
  if (block === undefined || unknownAround(block)) return
  const wanted = django.proxySslHeader?.[0]
  const isProxy = pass.name === 'proxy_pass'
  const directive = isProxy ? 'proxy_set_header' : `${pass.name.replace('_pass', '')}_param`
  const set = block.effectiveAll(directive)
  const header = (wanted ?? 'HTTP_X_FORWARDED_PROTO').replace(/^HTTP_/, '').replace(/_/g, '-')
  const own = set.find(
    (one) =>
      one.arg.toLowerCase() ===
      (isProxy ? header.toLowerCase() : `http_${header.toLowerCase().replace(/-/g, '_')}`),
  )
  const line = isProxy
    ? `proxy_set_header ${header} $scheme;`
    : `${directive} HTTP_${header.replace(/-/g, '_')} $scheme;`
  if (wanted !== undefined && own === undefined) {
    report(pass, `SECURE_PROXY_SSL_HEADER believes ${header}, and nginx does not set it: any client can`, {
      help: line,
    })
  } else if (wanted === undefined && tls && isProxy) {
    report(
      pass,
      django.sslRedirect
        ? 'SECURE_SSL_REDIRECT is on and Django cannot see https: it redirects for ever'
        : 'Django cannot see that requests come over https',
      {
        severity: django.sslRedirect ? 'error' : 'warning',
        help: `SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") in the settings${own === undefined ? `, and ${line}` : ''}`,
      },
    )
  }
}

const bodySize: CrossRule = {
  name: 'django-body-size',
  severity: 'info',
  summary: 'nginx refuses bodies that Django would take.',
  why: 'DATA_UPLOAD_MAX_MEMORY_SIZE (2.5 MB by default) is what Django takes as form data, files not counted. With a smaller client_max_body_size nginx answers 413 first, and no error page of Django’s is seen.',
  check(model, { django }, report) {
    if (django === undefined) return
    const wanted = django.dataUploadMax ?? DATA_UPLOAD_DEFAULT
    for (const { site, passes } of appSites(model)) {
      const [pass] = passes
      const limit = pass?.parent?.effective('client_max_body_size')
      const size = limit === undefined ? BODY_DEFAULT : readSize(limit.arg)
      if (pass === undefined || size === undefined || size === 0 || size >= wanted) continue
      report(
        limit ?? site.server,
        `bodies over ${sayMb(size)} get 413 from nginx; Django takes ${sayMb(wanted)} of form data, and files on top`,
        { help: `client_max_body_size ${Math.ceil(wanted / 1024 ** 2)}m; or more, for files` },
      )
    }
  },
}

const twice: CrossRule = {
  name: 'django-header-twice',
  severity: 'warning',
  summary: 'A header is sent by Django and by nginx.',
  why: 'add_header adds to what the application sent. Two X-Frame-Options or two different policies: browsers take the stricter, the first, or neither.',
  check(model, { django }, report) {
    const own = new Set(django?.ownHeaders ?? [])
    if (own.size === 0) return
    for (const { passes } of appSites(model)) for (const pass of passes) headersOf(pass, own, model, report)
  },
}

/** `map $sent_http_x_frame_options $frames { "" DENY; }`: sent only where the application has not. */
const fillsIn = (value: string, model: Model): boolean =>
  variablesOf(value).some((variable) =>
    (model.scope.tables.get(variable) ?? []).some((table) => /\$\{?(?:sent|upstream)_http_/i.test(table.arg)),
  )

function headersOf(pass: Statement, own: Set<string>, model: Model, report: CrossReport): void {
  const hide = new Set(
    (pass.parent?.effectiveAll(`${pass.name.replace('_pass', '')}_hide_header`) ?? []).map((one) =>
      one.arg.toLowerCase(),
    ),
  )
  for (const header of pass.parent?.effectiveAll('add_header') ?? []) {
    const name = header.arg.toLowerCase()
    if (own.has(name) && !hide.has(name) && !fillsIn(header.args[1] ?? '', model))
      report(header, `Django sends ${header.arg} as well`, {
        help: 'leave it to one of the two: drop it here, or in Django’s settings',
      })
  }
}

export const djangoRules: readonly CrossRule[] = [
  files('static', 'django-static-path'),
  files('media', 'django-media-path'),
  hosts,
  sslHeader,
  bodySize,
  twice,
]
