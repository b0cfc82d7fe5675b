// What njs costs: CPU of the nginx worker per request, with and without postern's scripts, interleaved.
//   npx tsx bench/njs.ts [seconds per run]      needs wrk; prints a table (docs/decisions/0061 holds one).
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildAssets } from '../generate/assets/build.ts'
import { assetBase, assetMap, assetMaps, assetPattern, mapHash } from '../generate/assets/map.ts'
import { buildSiteScript } from '../generate/njs/site-script.ts'
import type { Route } from '../generate/njs/types.ts'
import { njsModule, startNginx, tempFolder } from '../test/helpers/nginx.ts'

const seconds = Number(process.argv[2] ?? 2)
const rounds = 5

const prefix = tempFolder('bench-njs')
const dir = join(prefix, 'files')
mkdirSync(dir)
writeFileSync(join(dir, 'site.css'), 'body { color: rebeccapurple }\n'.repeat(300))
for (let i = 0; i < 300; i++) writeFileSync(join(dir, `other-${i}.css`), `a${i} { color: red }\n`.repeat(30))
const cache = join(prefix, 'cache')
const roots = [{ url: '/static/', dir }]
const { manifest } = await buildAssets({ roots, cache, encodings: ['gzip'] })

const routes: Route[] = Array.from({ length: 20 }, (_, i) => ({
  name: `route${i}`,
  when: { path: { prefix: `/area${i}/` }, cookies: { channel: { is: [`beta${i}`] } } },
  action: { location: 'there' },
}))
const script = await buildSiteScript({
  prefix: 'postern_',
  target: 'njs-0.7',
  routes: { routes },
  assets: true,
  pages: { site: 'bench', retryAfter: 5 },
  jwt: { secret: 'x'.repeat(32), from: { header: true }, leeway: 0 },
  trace: { trustIncoming: false },
})
const map = assetMap(manifest)
const entries = map.map(({ value }) => value)
const maps = [
  ...assetMaps('postern_', entries),
  assetBase('postern_', { url: '/static/', dir }, cache, entries),
]
const { bucketSize, maxSize } = mapHash(map)
const nginx = await startNginx({
  prefix,
  main: `load_module ${njsModule};`,
  files: Object.fromEntries(script.files),
  http: `keepalive_requests 1000000000; sendfile on; types { text/css css; } map_hash_bucket_size ${bucketSize}; map_hash_max_size ${maxSize};
    map $uri $postern_asset_entry { volatile; ${map.map(({ key, value }) => `"${key}" ${value};`).join(' ')} }
    ${maps
      .map(
        (one) => `map "${one.source}" $postern_${one.name} {
          ${one.lines.map(({ key, value }) => `"${key.replaceAll('\\', '\\\\')}" "${value}";`).join(' ')} }`,
      )
      .join('\n')}
    js_path "${prefix}/"; js_import ${script.wiring.module} from ${script.wiring.file};
    ${script.wiring.set.map((one) => `js_set $${one.variable} ${one.handler};`).join('\n')}
    ${script.wiring.vars.map((one) => `js_var $${one.variable};`).join('\n')}
    server { listen 127.0.0.1:18999;
      location /plain/ { return 200 "ok"; }
      location /routed/ { error_page 597 = $postern_route; if ($postern_route) { return 597; } return 200 "ok"; }
      location /traced/ { add_header X-Trace $postern_traceparent; return 200 "ok"; }
      location /files/ { alias ${dir}/; gzip_static on; }
      location /gz/ { alias ${cache}/static/; gzip_static on; }
      location ^~ /static/ { location ~ "${assetPattern('postern_', '/static/')}" { gzip off;
        if ($postern_asset_form = none) { return 406; } alias $postern_asset_base_static$postern_rest$postern_asset_form;
        add_header Content-Encoding $postern_asset_encoding; add_header Vary $postern_asset_vary;
        add_header Cache-Control $postern_asset_cache; } }
    }`,
  server: 'location / { return 200; }',
})

const worker = Number(
  execFileSync('pgrep', ['-P', readFileSync(join(prefix, 'nginx.pid'), 'utf8').trim()], {
    encoding: 'utf8',
  }).split('\n')[0],
)
/** Nanoseconds on a CPU. */
const cpu = (): number => Number(readFileSync(`/proc/${worker}/schedstat`, 'utf8').split(' ')[0])

function run(path: string, accept: string): number {
  const before = cpu()
  const said = execFileSync(
    'wrk',
    ['-t1', '-c16', `-d${seconds}s`, '-H', `Accept-Encoding: ${accept}`, `http://127.0.0.1:18999${path}`],
    { encoding: 'utf8' },
  )
  const requests = Number(/(\d+) requests in/.exec(said)?.[1])
  if (said.includes('Non-2xx')) throw new Error(said)
  return (cpu() - before) / 1000 / requests
}

const cases: [string, string, string?][] = [
  ['return 200', '/plain/x'],
  ['return 200 behind a table of 20 routes', '/routed/x'],
  ['return 200 with traceparent from njs', '/traced/x'],
  ['a file, gzip_static', '/gz/site.css'],
  ['a file chosen by the maps', '/static/site.css'],
  ['a file chosen by njs (quality values)', '/static/site.css', 'br;q=0, gzip;q=0.5'],
]
const results = new Map(cases.map(([title]) => [title, [] as number[]]))
for (let round = 0; round < rounds; round++) {
  for (const [title, path, accept] of cases) results.get(title)?.push(run(path, accept ?? 'gzip'))
}
for (const [title, values] of results) {
  values.sort((a, b) => a - b)
  console.log(
    `${title.padEnd(42)} ${values[Math.floor(rounds / 2)]?.toFixed(1)} µs  (${values[0]?.toFixed(1)} to ${values.at(-1)?.toFixed(1)})`,
  )
}
await nginx.stop()
