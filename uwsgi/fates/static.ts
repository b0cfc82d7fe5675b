// Files and pages that need no Python: nginx serves them in the generated site, the gateway on its HTTP listeners.

import { isRegex } from '../../config/schema/units.ts'
import { addToOption, alwaysOn, type Fate, list, nginx, noEffect, unsupported } from '../fate.ts'
import { badValue, readText } from '../value.ts'

const map = (option: 'static-map' | 'static-map2'): Fate => ({
  ...nginx(
    'Files of a directory: a location in the generated site, served by the gateway itself on HTTP listeners.',
    (entry, draft) => {
      const [, at, root] = /^([^=]+)=(.+)$/.exec(readText(entry)) ?? []
      if (at === undefined || root === undefined) return badValue(entry, '/mount=/directory')
      addToOption(draft, option, `${at}=${root}`, entry)
      draft.site.static.push({ at, root, keepsMount: option === 'static-map2' })
    },
  ),
  option,
})

const expires: Fate = {
  ...nginx('How long files may be cached.', (entry, draft) => {
    const [, pattern, age] = /^(.*?)[=\s]+(\d+)$/.exec(readText(entry)) ?? []
    if (pattern === undefined || !isRegex(pattern)) return badValue(entry, '`regex seconds`')
    addToOption(draft, 'static-expires', `${pattern} ${age}`, entry)
  }),
  option: 'static-expires',
}

const errorPage = (status: string): Fate =>
  nginx('The generated site has error pages of its own; the file is named in the report.', (entry, draft) => {
    draft.onlyNginx.push(entry)
    draft.site.errorPages[status] = readText(entry)
  })

const checkStatic: Fate = {
  ...list(
    'check-static',
    'Looked into before the application is asked (HTTP listeners); name the paths in the site instead.',
  ),
  kind: 'nginx',
}

export const staticFiles: Record<string, Fate> = {
  'static-map': map('static-map'),
  'static-map2': map('static-map2'),
  'check-static': checkStatic,
  'static-check': checkStatic,
  'check-static-docroot': unsupported('DOCUMENT_ROOT is not searched.', 'name the directory with static-map'),
  'static-index': list('static-index'),
  'static-safe': list('static-safe'),
  'static-expires': expires,
  'static-expires-uri': expires,
  'static-expires-path-info': expires,
  'static-expires-type': unsupported(
    'Ages depend on the path, not on the type.',
    'use static-expires with \\.css$ and the like',
  ),
  'static-gzip-all': nginx(
    'Precompressed files are made and chosen by the generated site (br, gzip).',
    () => {},
  ),
  'static-gzip': nginx('Precompressed files are made and chosen by the generated site (br, gzip).', () => {}),
  'static-gzip-dir': nginx(
    'Precompressed files are made and chosen by the generated site (br, gzip).',
    () => {},
  ),
  'static-gzip-ext': nginx(
    'Precompressed files are made and chosen by the generated site (br, gzip).',
    () => {},
  ),
  'static-skip-ext': unsupported('Source files (.py, .pyc, dotfiles) are never served.', undefined),
  'static-cache-paths': noEffect('nginx keeps open files.'),
  'mime-file': noEffect('Types of files come from nginx’s and postern’s own tables.'),
  mimefile: noEffect('Types of files come from nginx’s and postern’s own tables.'),
  'offload-threads': alwaysOn('Sending never occupies a worker.'),
  'offload-thread': alwaysOn('Sending never occupies a worker.'),
  'fileserve-mode': noEffect('nginx sends files with sendfile.'),
  'file-serve-mode': noEffect('nginx sends files with sendfile.'),
  'error-page-403': errorPage('403'),
  'error-page-404': errorPage('404'),
  'error-page-500': errorPage('500'),
}
