// What a site file imports. Data and types only: nothing is checked, read or decided here, so that importing it is
// quick and safe everywhere. The schema checks afterwards (config/load.ts).

import type { DjangoInput, WsgiInput } from './schema/apps.ts'
import type { SiteInput } from './schema/site.ts'

export type { SiteInput } from './schema/site.ts'

/** Types a site. `export default defineSite({ … })`. */
export const defineSite = (site: SiteInput): SiteInput => site

/** A Django project; the build asks its settings for everything the site file does not say. */
export const django = (options: DjangoInput = {}) => ({ ...options, kind: 'django' as const })

/** Any WSGI application: `wsgi({ module: 'shop:app' })`. */
export const wsgi = (options: WsgiInput) => ({ ...options, kind: 'wsgi' as const })
