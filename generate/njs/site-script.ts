// From what a site wants of njs to one script and its wiring. Only the parts that are wanted get in:
// a site without them needs no njs at all.
import { resolve } from 'node:path'
import { PosternError } from '../../errors.ts'
import { compileNjs } from './compile.ts'
import { partsOf, secretMark } from './parts.ts'
import { njsFolder } from './plugin.ts'
import type { NjsWiring, SiteScript, SiteScriptResult } from './types.ts'

export async function buildSiteScript(
  script: SiteScript,
  engine?: string | false,
): Promise<SiteScriptResult> {
  const module = `${script.prefix}js`
  refuseWeak(script)
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
  const names = parts.flatMap((part) => Object.keys(part.functions).filter((name) => name !== 'find'))
  const code = [
    ...new Set(parts.flatMap((part) => part.imports.split('\n'))),
    edgeImport(script),
    ...parts.flatMap((part) => Object.values(part.functions)),
    `export default { ${names.join(', ')} }`,
  ].join('\n')
  const result = await compileNjs({
    entries: [{ name: wiring.file.slice(0, -3), code, resolveDir: njsFolder() }],
    target: script.target,
    ...(script.edge && script.routes?.named ? { names: Object.keys(script.routes.named) } : {}),
    ...(engine === undefined ? {} : { engine }),
  })
  for (const [name, text] of result.files) result.files.set(name, withSecrets(text, script))
  return { ...result, wiring }
}

function withSecrets(text: string, { signed, jwt }: SiteScript): string {
  const put = (from: string, name: 'signed' | 'jwt', secret: string | undefined): string =>
    secret === undefined
      ? from
      : from.replaceAll(JSON.stringify(secretMark(name)), () => JSON.stringify(secret))
  return put(put(text, 'signed', signed?.secret), 'jwt', jwt?.secret)
}

/** RFC 7518 3.2: a key for HS256 has at least 256 bits. A shorter one is found by trying. */
const shortestSecret = 32

function refuseWeak({ signed, jwt }: SiteScript): void {
  for (const [key, secret] of Object.entries({ 'signed links': signed?.secret, jwt: jwt?.secret })) {
    if (secret === undefined || Buffer.byteLength(secret) >= shortestSecret) continue
    throw new PosternError('GENERATE_REFUSED', {
      key,
      reason: `the secret has ${Buffer.byteLength(secret)} bytes; ${shortestSecret} are needed`,
    })
  }
}

/** Only the handlers that are exported: a missing one is a name that would not resolve. */
function edgeImport(script: SiteScript): string {
  if (!script.edge) return 'const edge = {}'
  const imported = script.edge.handlers.map((name) => `${name} as edge_${name}`)
  const members = script.edge.handlers.map((name) => `${name}: edge_${name}`)
  const from = JSON.stringify(resolve(script.edge.path))
  return `import { ${imported.join(', ')} } from ${from}\nconst edge = { ${members.join(', ')} }`
}
