import test from 'ava'
import {
  atLeast,
  can,
  givenTarget,
  njsOf,
  parseBuild,
  parseVersion,
  type Version,
} from '../../generate/target.ts'

const debian = `nginx version: nginx/1.26.3
built with OpenSSL 3.5.6 7 Apr 2026 (running with OpenSSL 3.5.7 9 Jun 2026)
configure arguments: --prefix=/usr/share/nginx --modules-path=/usr/lib/nginx/modules --with-http_v3_module --with-http_ssl_module`

test('nginx -V tells version, modules, parts and the OpenSSL it runs with', (t) => {
  t.like(parseBuild(debian), {
    version: [1, 26, 3],
    modulesPath: '/usr/lib/nginx/modules',
    openssl: [3, 5, 7],
  })
  t.true(parseBuild(debian).built.includes('http_v3_module'))
  t.like(parseBuild('nginx version: openresty/1.25.3.1\nconfigure arguments:'), {
    version: [1, 25, 3],
    modulesPath: '/usr/local/nginx/modules',
    openssl: undefined,
  })
})

const pairs: [string, string, boolean][] = [
  ['1.25.1', '1.25.1', true],
  ['1.25.0', '1.25.1', false],
  ['1.26.0', '1.25.9', true],
  ['1.9.15', '1.25.1', false],
  ['2.0.0', '1.99.99', true],
]
for (const [have, want, expected] of pairs) {
  test(`${have} is ${expected ? '' : 'not '}at least ${want}`, (t) =>
    t.is(atLeast(parseVersion(have) as Version, want), expected))
}

test('a directive is there by version or because it was tried', (t) => {
  t.false(can(givenTarget('1.22.1'), 'max_headers'))
  t.true(can(givenTarget('1.30.6'), 'max_headers'))
  t.true(can({ ...givenTarget('1.22.1'), backports: ['max_headers'] }, 'max_headers'))
})

test('without the njs command the engine is the one Debian ships with that nginx', (t) => {
  const engine = (version: string) => njsOf(givenTarget(version))
  t.deepEqual(
    [engine('1.22.1'), engine('1.26.3'), engine('1.30.6')],
    [
      [0, 7, 9],
      [0, 8, 0],
      [1, 0, 0],
    ],
  )
})
