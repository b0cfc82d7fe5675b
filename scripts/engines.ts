// Tries njs scripts and nginx pages with the engines of other Debian releases: unpacks them into folders, then runs
// the tests with their nginx and njs. Needs root, debootstrap and the network; never part of `npm test`.
//   npx tsx scripts/engines.ts [--root /var/tmp/postern-roots] [trixie forky …] [-- test files]
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  options: { root: { type: 'string', default: '/var/tmp/postern-roots' } },
  allowPositionals: true,
})
const releases = positionals.filter((word) => !word.includes('/'))
const files = positionals.filter((word) => word.includes('/'))
const tests = files.length > 0 ? files : ['test/njs', 'test/generate/njs']
const packages = 'nginx-light,libnginx-mod-http-js,njs'

function unpack(release: string, folder: string): void {
  if (existsSync(join(folder, 'usr/sbin/nginx')) && existsSync(join(folder, 'usr/bin/njs'))) return
  console.log(`engines: unpacking ${release} into ${folder} (a minute)`)
  // Bookworm's debootstrap does not know the newest names; they are all made the same way.
  const known = existsSync(`/usr/share/debootstrap/scripts/${release}`)
  const script = known ? [] : ['/usr/share/debootstrap/scripts/sid']
  execFileSync(
    'debootstrap',
    [
      '--variant=minbase',
      `--include=${packages}`,
      release,
      folder,
      'http://deb.debian.org/debian',
      ...script,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
}

/** A command of another release run with that release's loader and libraries: no chroot, so paths stay what they are. */
function wrap(folder: string, command: string): string {
  const libraries = ['usr/lib/x86_64-linux-gnu', 'usr/lib'].map((path) => join(folder, path)).join(':')
  const loader = join(folder, 'usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2')
  const path = join(folder, `postern-${command.split('/').at(-1)}`)
  const run = `${loader} --library-path ${libraries} ${join(folder, command)} "$@"`
  // What it says of itself must be true of the folder: the build takes the module's path from there.
  const modules = `s#(--modules-path=)(/usr)#\\1${folder}\\2#`
  const asked = `[ "$1" = -V ] && { ${run} 2>&1 | sed -E '${modules}' >&2; exit; }`
  writeFileSync(path, `#!/bin/sh\n${asked}\nexec ${run}\n`)
  chmodSync(path, 0o755)
  return path
}

let failed = 0
mkdirSync(values.root, { recursive: true })
for (const release of releases.length > 0 ? releases : ['trixie', 'forky']) {
  const folder = join(values.root, release)
  unpack(release, folder)
  const nginx = wrap(folder, 'usr/sbin/nginx')
  const njs = wrap(folder, 'usr/bin/njs')
  const said = [spawnSync(nginx, ['-v']).stderr, spawnSync(njs, ['-v']).stdout].map((text) =>
    String(text).trim(),
  )
  console.log(`engines: ${release}: ${said[0]}, njs ${said[1]}`)
  const env = {
    ...process.env,
    CI: '1',
    POSTERN_TEST_NGINX: nginx,
    POSTERN_NGINX: nginx,
    POSTERN_TEST_NGINX_MODULES: join(folder, 'usr/lib/nginx/modules'),
    POSTERN_TEST_NJS: njs,
    // compileNjs looks for `njs` on PATH.
    PATH: `${binFolder(folder, njs)}:${process.env.PATH}`,
  }
  for (const engine of hasQuickJs(njs) ? ['njs', 'qjs'] : ['']) {
    if (engine !== '') console.log(`engines: ${release}: js_engine ${engine}`)
    const { status } = spawnSync('npx', ['ava', ...tests], {
      stdio: 'inherit',
      env: { ...env, POSTERN_TEST_JS_ENGINE: engine },
    })
    if (status !== 0) failed += 1
  }
}
process.exitCode = failed === 0 ? 0 : 1

function binFolder(folder: string, njs: string): string {
  const bin = join(folder, 'postern-bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'njs'), `#!/bin/sh\nexec ${njs} "$@"\n`)
  chmodSync(join(bin, 'njs'), 0o755)
  return bin
}

/** njs 0.9 and later can be told to use QuickJS. */
function hasQuickJs(njs: string): boolean {
  return String(spawnSync(njs, ['-h']).stdout).includes('QuickJS')
}
