// What the applications of one site must share, because one gateway runs them in one interpreter: refused when they
// cannot, with the way that works instead.

import { resolve } from 'node:path'
import { interpreters } from '../../config/django.ts'
import type { SiteConfig } from '../../config/schema/site.ts'
import { PosternError } from '../../errors.ts'
import type { NamedApp } from './app.ts'
import type { Facts } from './facts.ts'

/** Their environment variables, and Django's settings where wsgi.py does not name them itself. */
export function environmentOf(apps: NamedApp[], facts: Facts): Record<string, string> {
  return Object.assign(
    {},
    ...apps.map(({ name, app }) => {
      const django = facts.django[name]
      return {
        ...(django?.settingsFromOutside ? { DJANGO_SETTINGS_MODULE: django.settingsModule } : {}),
        ...app.env,
      }
    }),
  )
}

export function refuseStrangers(apps: NamedApp[], facts: Facts, config: SiteConfig): void {
  if (config.gateway.python === undefined && config.gateway.home === undefined) {
    refuse(apps, 'interpreter', (one) => interpreterOf(one, facts))
  }
  refuse(apps, 'Django settings', ({ name }) => facts.django[name]?.settingsModule)
  const variables = new Set(apps.flatMap(({ app }) => Object.keys(app.env)))
  for (const variable of variables) {
    refuse(apps, `environment variable ${variable}`, ({ app }) => app.env[variable])
  }
}

/** What is named or found in the project; undefined when the gateway will look for itself. */
function interpreterOf({ name, app }: NamedApp, facts: Facts): string | undefined {
  const project = resolve(facts.folder, app.project)
  const found = facts.django[name]?.python ?? interpreters(app, project, {})[0]
  return found === undefined || !found.includes('/') ? undefined : found
}

function refuse(apps: NamedApp[], what: string, of: (one: NamedApp) => string | undefined): void {
  const [first, other] = apps
    .map((one) => ({ one, value: of(one) }))
    .filter(
      ({ value }, index, all) => value !== undefined && all.findIndex((x) => x.value === value) === index,
    )
  if (first === undefined || other === undefined) return
  const { name, app } = other.one
  throw new PosternError('GENERATE_STRANGERS', {
    name,
    at: app.at,
    what,
    value: other.value as string,
    other: first.one.name,
    otherValue: first.value as string,
  })
}
