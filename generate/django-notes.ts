// Django's settings that will surprise behind this site.

import type { LoadedSite } from '../config/load.ts'
import type { Facts } from './model/facts.ts'

export function djangoNotes({ config }: LoadedSite, facts: Facts): string[] {
  return Object.values(facts.django).flatMap((django) => [
    ...(config.static === undefined && django.staticRoot === undefined
      ? [
          "STATIC_ROOT is not set in Django’s settings, so no static files are served: STATIC_ROOT = BASE_DIR / 'static', then manage.py collectstatic",
        ]
      : []),
    ...(django.debug
      ? ['Django’s DEBUG is on: error pages show settings and sources to every visitor.']
      : django.allowedHosts.length === 0
        ? [
            "ALLOWED_HOSTS is empty in Django’s settings and DEBUG is off: everybody is answered 400. ALLOWED_HOSTS = ['shop.example']",
          ]
        : []),
    ...(django.sslRedirect && !config.tls && !config.realIp?.proto
      ? [
          'SECURE_SSL_REDIRECT is on in Django’s settings, but the site has neither tls nor a proxy in front that brings https (realIp): every page redirects to https',
        ]
      : []),
  ])
}
