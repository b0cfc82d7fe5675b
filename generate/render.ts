// Site and templates -> the text of the configuration files. Throws when a template asks for what the Site lacks.
// Reads templates from this package; writes nothing.

import { join } from 'node:path'
import nunjucks from 'nunjucks'
import { formatText } from '../conf/format.ts'
import { packageRoot } from '../config/package-root.ts'
import { PosternError } from '../errors.ts'
import { arg, comment, text, type Value } from './arg.ts'
import { layOut } from './layout.ts'
import type { Http, MapBlock, Site } from './site.ts'

/** File -> template. Debian's folders are linked into /etc/nginx as they are. */
const filesOf = (name: string): [file: string, template: string][] => [
  ['nginx.conf', 'nginx.conf'],
  ['postern.conf', 'postern.conf'],
  ['postern-http.conf', 'postern-http.conf'],
  [`debian/conf.d/postern-${name}.conf`, 'postern-http.conf'],
  [`debian/snippets/postern-${name}.conf`, 'postern.conf'],
  [`debian/sites-available/${name}.conf`, 'debian-site.conf'],
]

/** File name -> text, in a stable order. */
export function renderSite(site: Site): Map<string, string> {
  const dollar = `${site.prefix}dollar`
  const plain = renderAll(site, dollar)
  // Rare: something holds a literal $, and nginx can only say that through a variable.
  if (![...plain.values()].some((one) => one.includes(`\${${dollar}}`))) return plain
  const withDollar = (http: Http): Http => ({ ...http, maps: [dollarSign(dollar), ...http.maps] })
  return renderAll({ ...site, http: withDollar(site.http), dropIn: withDollar(site.dropIn) }, dollar)
}

const dollarSign = (variable: string): MapBlock => ({
  why: 'A dollar sign: nginx has no other way to write one where it looks for variables.',
  kind: 'geo',
  source: undefined,
  volatile: false,
  variable,
  lines: [{ key: 'default', value: { expr: '$' } }],
})

function renderAll(site: Site, dollar: string): Map<string, string> {
  const { environment, failures } = quotingWith(dollar)
  const one = (name: string): string => {
    failures.length = 0
    try {
      const laid = layOut(environment.render(`${name}.njk`, { site: strict(site, name, failures) }))
      // The style of `postern fmt`, which has nothing to say to what is built.
      return formatText(laid) ?? laid
    } catch (error) {
      throw failures[0] ?? error
    }
  }
  const texts = new Map<string, string>()
  return new Map(
    filesOf(site.name).map(([file, template]) => {
      const text = texts.get(template) ?? one(template)
      texts.set(template, text)
      return [file, text]
    }),
  )
}

/** Compiled templates, and the first of our errors: nunjucks wraps what is thrown inside a template and drops the rest. */
type Quoting = { dollar: string; environment: nunjucks.Environment; failures: PosternError[] }
let last: Quoting | undefined

function quotingWith(dollar: string): Quoting {
  if (last?.dollar === dollar) return last
  const loader = new nunjucks.FileSystemLoader(join(packageRoot, 'templates'))
  const environment = new nunjucks.Environment(loader, {
    autoescape: false,
    throwOnUndefined: true,
    trimBlocks: true,
    lstripBlocks: true,
  })
  const failures: PosternError[] = []
  const filter = <T>(name: string, write: (value: T) => string): void => {
    environment.addFilter(name, (value: T) => {
      try {
        return write(value)
      } catch (error) {
        if (error instanceof PosternError) failures.push(error)
        throw error
      }
    })
  }
  filter('arg', (value: Value) => arg(value))
  filter('text', (value: Value) => text(value, dollar))
  filter('comment', (value: string) => comment(value))
  last = { dollar, environment, failures }
  return last
}

/** nunjucks takes an unknown name in `if` or `for` for "nothing there"; this takes it for the mistake it is. */
function strict<T>(value: T, template: string, asked: PosternError[], path = 'site'): T {
  if (Array.isArray(value)) return value.map((one, i) => strict(one, template, asked, `${path}[${i}]`)) as T
  if (typeof value !== 'object' || value === null) return value
  return new Proxy(value as object, {
    get(target, name) {
      if (typeof name === 'symbol') return Reflect.get(target, name)
      if (!Object.hasOwn(target, name)) {
        const error = new PosternError('GENERATE_UNKNOWN_NAME', { name: `${path}.${name}`, template })
        asked.push(error)
        throw error
      }
      return strict((target as Record<string, unknown>)[name], template, asked, `${path}.${name}`)
    },
  }) as T
}
