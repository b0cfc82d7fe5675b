// From what a site wants of njs to one script and its wiring. Only the parts that are wanted get in:
// a site without them needs no njs at all.
import { resolve } from 'node:path'
import { compileNjs } from './compile.ts'
import { njsFolder } from './plugin.ts'
import { literal } from './tables.ts'
import type { NjsWiring, SiteScript, SiteScriptResult } from './types.ts'

type Part = {
  imports: string
  /** `export default` member → its function. */
  functions: Record<string, string>
  set?: NjsWiring['set']
  vars?: NjsWiring['vars']
}

export async function buildSiteScript(
  script: SiteScript,
  engine?: string | false,
): Promise<SiteScriptResult> {
  const module = `${script.prefix}js`
  const parts = partsOf(script, module)
  const wiring: NjsWiring = {
    file: `${script.prefix.replace(/_$/, '')}.js`,
    module,
    set: parts.flatMap((part) => part.set ?? []),
    vars: parts.flatMap((part) => part.vars ?? []),
    headerFilter: script.edge?.handlers.includes('headers') ? `${module}.headers` : undefined,
    content: script.edge?.handlers.includes('respond') ? `${module}.respond` : undefined,
  }
  if (parts.length === 0) return { files: new Map(), problems: [], provenBy: undefined, wiring }
  const names = parts.flatMap((part) => Object.keys(part.functions))
  const code = [
    ...new Set(parts.flatMap((part) => part.imports.split('\n'))),
    edgeImport(script),
    ...parts.flatMap((part) => Object.values(part.functions)),
    `export default { ${names.join(', ')} }`,
  ].join('\n')
  const result = await compileNjs({
    entries: [{ name: wiring.file.slice(0, -3), code, resolveDir: njsFolder() }],
    target: script.target,
    ...(engine === undefined ? {} : { engine }),
  })
  return { ...result, wiring }
}

/** Only the handlers that are exported: a missing one is a name that would not resolve. */
function edgeImport(script: SiteScript): string {
  if (!script.edge) return 'const edge = {}'
  const imported = script.edge.handlers.map((name) => `${name} as edge_${name}`)
  const members = script.edge.handlers.map((name) => `${name}: edge_${name}`)
  const from = JSON.stringify(resolve(script.edge.path))
  return `import { ${imported.join(', ')} } from ${from}\nconst edge = { ${members.join(', ')} }`
}

function partsOf(script: SiteScript, module: string): Part[] {
  const { prefix } = script
  const p = JSON.stringify(prefix)
  const parts: Part[] = []
  const handlers = script.edge?.handlers ?? []
  if (script.routes || handlers.includes('route') || handlers.includes('rewrite')) {
    parts.push({
      imports: `import { routeOf } from './glue/route.ts'`,
      functions: {
        route: `function route(r) { return routeOf(r, ${literal(script.routes ?? { routes: [] })}, edge, ${p}) }`,
      },
      set: [
        {
          variable: `${prefix}route`,
          handler: `${module}.route`,
          why: 'which location answers; empty: this one',
        },
      ],
      vars: [
        { variable: `${prefix}name`, why: 'name of the route, for logs and the application' },
        { variable: `${prefix}target`, why: 'where a redirect leads' },
        { variable: `${prefix}uri`, why: 'the path after a rewrite' },
        { variable: `${prefix}args`, why: 'the arguments after a rewrite' },
        { variable: `${prefix}cookie`, why: 'Set-Cookie of a sticky percentage' },
      ],
    })
  }
  if (script.assets) {
    parts.push({
      imports: `import { assetOf } from './glue/route.ts'`,
      functions: { asset: `function asset(r) { return assetOf(r, ${literal(script.assets)}, ${p}) }` },
      set: [
        {
          variable: `${prefix}asset`,
          handler: `${module}.asset`,
          why: 'the file to send, in the best encoding',
        },
      ],
      vars: [
        { variable: `${prefix}asset_encoding`, why: 'its Content-Encoding' },
        { variable: `${prefix}asset_vary`, why: 'its Vary' },
        { variable: `${prefix}asset_cache`, why: 'its Cache-Control' },
      ],
    })
  }
  if (script.pages) parts.push(pagesPart(script.pages, prefix, module))
  if (handlers.includes('headers') || handlers.includes('respond')) {
    parts.push({
      imports: [
        ...(handlers.includes('headers') ? [`import { runHeaders } from './glue/edge.ts'`] : []),
        ...(handlers.includes('respond') ? [`import { runRespond } from './glue/edge.ts'`] : []),
      ].join('\n'),
      functions: {
        ...(handlers.includes('headers') ? { headers: 'function headers(r) { runHeaders(r, edge) }' } : {}),
        ...(handlers.includes('respond')
          ? { respond: 'function respond(r) { return runRespond(r, edge) }' }
          : {}),
      },
    })
  }
  return parts
}

function pagesPart(pages: NonNullable<SiteScript['pages']>, prefix: string, module: string): Part {
  const p = JSON.stringify(prefix)
  const away = { site: pages.site, retryAfter: pages.retryAfter }
  const closed = {
    site: pages.site,
    retryAfter: pages.maintenance?.retryAfter ?? 300,
    title: pages.maintenance?.title ?? 'Closed for maintenance',
    text: pages.maintenance?.text ?? 'We are working on the site. It will be back soon.',
  }
  return {
    imports: `import { awayPage, closedPage } from './glue/page.ts'`,
    functions: {
      away: `function away(r) { return awayPage(r, ${literal(away)}, ${p}) }`,
      closed: `function closed(r) { return closedPage(r, ${literal(closed)}, ${p}) }`,
    },
    set: [
      { variable: `${prefix}page`, handler: `${module}.away`, why: 'the page when the gateway is away' },
      { variable: `${prefix}closed_page`, handler: `${module}.closed`, why: 'the page during maintenance' },
    ],
    vars: [
      { variable: `${prefix}page_type`, why: 'its Content-Type' },
      { variable: `${prefix}retry_after`, why: 'its Retry-After' },
    ],
  }
}
