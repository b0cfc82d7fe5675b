// The names the site answers to.

import type { SiteConfig } from '../../config/schema/site.ts'
import { serverName } from '../../config/schema/units.ts'
import { PosternError } from '../../errors.ts'
import { appsOf } from './app.ts'
import type { Facts } from './facts.ts'

/** [] for every name. */
export function serverNamesOf(config: SiteConfig, facts: Facts): string[] {
  if (config.serverNames) return withoutCovered(config.serverNames)
  const hosts = appsOf(config).flatMap(({ name }) => {
    const django = facts.django[name]
    if (!django) return ['*']
    // Django's own rule: with DEBUG and no list, only this machine.
    return django.debug && django.allowedHosts.length === 0
      ? ['.localhost', '127.0.0.1', '[::1]']
      : django.allowedHosts
  })
  if (hosts.length === 0 || hosts.includes('*')) return []
  const names = [...new Set(hosts)].map((host) => {
    const checked = serverName.safeParse(host)
    if (checked.success) return checked.data
    throw new PosternError('GENERATE_REFUSED', {
      key: 'ALLOWED_HOSTS',
      reason: `${JSON.stringify(host)} in Django’s settings is not a name nginx can answer to`,
    })
  })
  return withoutCovered(names)
}

/** `.example.org` is example.org and everything below it; nginx warns of saying both. */
const withoutCovered = (names: string[]): string[] => names.filter((name) => !names.includes(`.${name}`))

/** The name links and redirects are made with: the first without a wildcard. */
export function canonicalHost(names: string[]): string | undefined {
  return names.map((name) => name.replace(/^\./, '')).find((name) => !name.includes('*'))
}
