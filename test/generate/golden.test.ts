// Twelve sites, each for nginx 1.22, 1.26 and 1.30: a folder is a case, the files in it are what must come out.
// `npm run golden` rewrites them; the diff is reviewed. Every one passes the real nginx -t of the installed nginx, and
// of the others where scripts/engines.ts has unpacked them; and postern's own linter has nothing to say.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { checkSite } from '../../config/load.ts'
import { PosternError } from '../../errors.ts'
import type { AssetManifest } from '../../generate/assets/types.ts'
import { staticFolders } from '../../generate/model/files.ts'
import { planScript, planSite } from '../../generate/model/plan.ts'
import { buildSiteScript } from '../../generate/njs/site-script.ts'
import { renderSite } from '../../generate/render.ts'
import { atLeast, findNginx, givenTarget, parseVersion, type Version } from '../../generate/target.ts'
import { loadText } from '../../lint/files.ts'
import { lintConf } from '../../lint/lint.ts'
import { rules } from '../../lint/rules.generated.ts'
import { tempFolder } from '../helpers/nginx.ts'
import { makeCertificate } from '../helpers/tls.ts'

const golden = join(import.meta.dirname, '../fixtures/golden')
const cases = readdirSync(golden)
const versions = ['1.22.1', '1.26.3', '1.30.6']
const folder = '/srv/site'

type Output = { files: Map<string, string>; folders: string[] } | { refused: string }

async function generate(name: string, version: string): Promise<Output> {
  const { site, django } = JSON.parse(readFileSync(join(golden, name, 'case.json'), 'utf8'))
  const config = await checkSite(site, join(folder, 'postern.config.ts'))
  const facts = {
    siteFile: join(folder, 'postern.config.ts'),
    folder,
    out: join(folder, 'out'),
    target: givenTarget(version),
    root: false,
    ipv6: true,
    edge: undefined,
    django,
  }
  const assets = config.compress.assets
    ? manifestFor(staticFolders(config, facts).map(({ at }) => at))
    : undefined
  try {
    const script = planScript(config, facts, assets)
    const scripts = script ? await buildSiteScript(script, false) : undefined
    const { site: planned, folders } = planSite(config, facts, { wiring: scripts?.wiring, assets })
    const files = renderSite(planned)
    for (const [file, text] of scripts?.files ?? []) files.set(join('njs', file), text)
    return { files, folders }
  } catch (error) {
    if (error instanceof PosternError) return { refused: `${error.code}: ${error.message}\n` }
    throw error
  }
}

function manifestFor(prefixes: string[]): AssetManifest | undefined {
  if (prefixes.length === 0) return undefined
  const asset = (url: string, immutable: boolean) => ({
    url,
    source: url,
    size: 1000,
    hash: '0',
    etag: '"0"',
    type: 'text/css',
    encodings: [{ encoding: 'br' as const, size: 300, etag: '"1"' }],
    immutable,
  })
  return {
    version: 1,
    notes: [],
    assets: prefixes.flatMap((at) => [asset(`${at}site.css`, false), asset(`${at}site.0123abcd.css`, true)]),
  }
}

const short = (version: string): string => version.split('.').slice(0, 2).join('.')
const withoutTypes = (text: string): string =>
  text.replace(/^( *)types \{\n(?: +\w[^\n]*;\n){20,} *\}/m, '$1types { … }')

for (const name of cases) {
  for (const version of versions) {
    test(`${name} for nginx ${version} is what it was`, async (t) => {
      const output = await generate(name, version)
      const texts =
        'refused' in output
          ? [[`${short(version)}.refused`, output.refused]]
          : [
              [`${short(version)}.conf`, withoutTypes(output.files.get('nginx.conf') as string)],
              ...(version === versions[0]
                ? ['postern.conf', 'postern-http.conf', 'debian/sites-available/golden.conf'].map((file) => [
                    file,
                    output.files.get(file) as string,
                  ])
                : []),
            ]
      for (const [file, text] of texts as [string, string][]) {
        const path = join(golden, name, 'expected', file)
        if (process.env.POSTERN_GOLDEN) {
          mkdirSync(dirname(path), { recursive: true })
          writeFileSync(path, text)
        }
        t.is(text, existsSync(path) ? readFileSync(path, 'utf8') : 'no such file yet: npm run golden')
      }
    })
  }

  test(`${name}: the linter has nothing to say`, async (t) => {
    for (const version of versions) {
      const output = await generate(name, version)
      if ('refused' in output) continue
      const conf = loadText(output.files.get('nginx.conf') as string, '/srv/site/out/nginx.conf')
      const { findings } = lintConf(conf, rules, { nginx: version })
      t.deepEqual(
        findings.map(({ line, rule, message }) => `${version}:${line} ${rule}: ${message}`),
        [],
      )
    }
  })
}

/** Debian's nginx.conf with the drop-in forms where their users put them. */
const around = (
  files: Map<string, string>,
  secure: boolean,
): string => `user www-data; worker_processes auto; pid /run/nginx.pid; error_log /var/log/nginx/error.log;
load_module /usr/lib/nginx/modules/ngx_http_js_module.so;
events { worker_connections 768; }
http {
  ${secure ? 'server { listen 8080 default_server; listen [::]:8080 default_server; listen 8443 ssl default_server; listen [::]:8443 ssl default_server; server_name _; ssl_reject_handshake on; return 444; }' : ''}
  include /etc/nginx/mime.types; default_type application/octet-stream; server_tokens off; access_log /var/log/nginx/access.log;
  ${files.get('postern-http.conf')}
  ${
    secure
      ? files
          .get('debian/sites-available/golden.conf')
          ?.replace('include snippets/postern-golden.conf;', files.get('postern.conf') ?? '')
      : `server { listen 8080 default_server; server_name shop.example; ${files.get('postern.conf')} }`
  }
}
`

for (const name of cases) {
  test(`${name}: the linter has nothing to say of the drop-in forms`, async (t) => {
    for (const version of versions) {
      const output = await generate(name, version)
      if ('refused' in output) continue
      const conf = loadText(around(output.files, name.startsWith('tls')), '/etc/nginx/nginx.conf')
      const { findings } = lintConf(conf, rules, { nginx: version })
      t.deepEqual(
        findings.map(({ line, rule, message }) => `${version}:${line} ${rule}: ${message}`),
        [],
      )
    }
  })
}

type Nginx = { command: string[]; version: Version; modules: string }

/** The installed nginx, and those unpacked by scripts/engines.ts. */
function availableNginx(): Nginx[] {
  const found: Nginx[] = []
  const add = (command: string[], modules: string): void => {
    try {
      const script = `${command.map((word) => `'${word}'`).join(' ')} -v 2>&1`
      const version = parseVersion(
        execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).split('/').at(-1) as string,
      )
      if (version) found.push({ command, version, modules })
    } catch {
      // Not there, or for another machine.
    }
  }
  add([findNginx()], '/usr/lib/nginx/modules')
  for (const root of ['/var/tmp/postern-roots', '/tmp/postern-roots']) {
    for (const release of ['trixie', 'forky']) {
      const at = join(root, release)
      const libraries = ['usr/lib/x86_64-linux-gnu', 'usr/lib'].map((path) => join(at, path)).join(':')
      const loader = join(at, 'usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2')
      if (existsSync(loader)) {
        add(
          [loader, '--library-path', libraries, join(at, 'usr/sbin/nginx')],
          join(at, 'usr/lib/nginx/modules'),
        )
      }
    }
  }
  return found
}

const installed = availableNginx()

function certificate(t: ExecutionContext, at: string): void {
  makeCertificate(at, 'cert', ['shop.example'])
  renameSync(join(at, 'cert-key.pem'), join(at, 'key.pem'))
  t.log('certificate made')
}

for (const { command, version, modules } of installed) {
  const wanted = versions.find((one) => short(one) === short(version.join('.')))
  if (wanted === undefined) continue
  test(`nginx ${version.join('.')} itself accepts all twelve${command.length > 1 ? ' (unpacked)' : ''}: ${command.at(-1)}`, async (t) => {
    const place = tempFolder('golden')
    t.teardown(() => rmSync(place, { recursive: true, force: true }))
    for (const name of cases) {
      const output = await generate(name, wanted)
      if ('refused' in output) {
        t.false(atLeast(version, '1.25.0'), `${name}: ${output.refused}`)
        continue
      }
      const at = join(place, name)
      mkdirSync(join(at, 'out/njs'), { recursive: true })
      if (name.startsWith('tls')) certificate(t, at)
      const here = (text: string): string =>
        text.replaceAll(folder, at).replaceAll('/usr/lib/nginx/modules', modules)
      for (const [file, text] of output.files) {
        mkdirSync(dirname(join(at, 'out', file)), { recursive: true })
        writeFileSync(join(at, 'out', file), here(text))
      }
      for (const one of output.folders) mkdirSync(here(one), { recursive: true })
      const words = [...command, '-t', '-q', '-e', 'stderr', '-p', at, '-c', join(at, 'out/nginx.conf')]
      const script = `ulimit -v 4000000; exec ${words.map((word) => `'${word}'`).join(' ')} 2>&1`
      const said = spawned(script)
      const complaints = said.split('\n').filter((one) => one !== '' && !one.includes('[notice]'))
      t.deepEqual(complaints, [], name)
    }
  })
}

function spawned(script: string): string {
  try {
    return execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8', timeout: 30_000 })
  } catch (error) {
    return String((error as { stdout?: string }).stdout || error)
  }
}
