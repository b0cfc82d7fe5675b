// Who may import whom. The table is the architecture; a new row is a decision.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import test from 'ava'

const root = join(import.meta.dirname, '..')

/** folder (longest match wins) → import prefixes allowed besides its own folder. `npm:` any package, `node:` any built-in. */
const mayImport: Record<string, string[]> = {
  'errors.ts': ['errors'],
  errors: [],
  conf: ['errors.ts', 'npm:'],
  'lint/rules': ['lint/rule.ts', 'lint/model', 'conf', 'npm:'],
  lint: ['errors.ts', 'conf', 'npm:', 'node:'],
  config: ['errors.ts', 'gateway/options.ts', 'npm:', 'node:'],
  generate: ['errors.ts', 'config', 'conf', 'gateway/options.ts', 'gateway/fleet/share.ts', 'npm:', 'node:'],
  'generate/njs': ['errors.ts', 'njs', 'npm:', 'node:'],
  'generate/assets': ['errors.ts', 'npm:', 'node:'],
  uwsgi: ['errors.ts', 'config', 'gateway/options.ts', 'npm:', 'node:'],
  'gateway/protocol': ['errors.ts', 'gateway/exchange.ts', 'node:buffer'],
  'gateway/pool/plan.ts': [],
  gateway: ['errors.ts', 'npm:', 'node:'],
  njs: ['node:crypto'],
  'njs/testing': ['njs', 'npm:', 'node:'],
  cli: [
    'errors.ts',
    'conf',
    'lint',
    'config',
    'generate',
    'uwsgi',
    'gateway',
    'njs/testing',
    'npm:',
    'node:',
  ],
}

function* sources(folder: string): Generator<string> {
  for (const name of readdirSync(join(root, folder))) {
    const path = join(folder, name)
    if (name === 'node_modules') continue
    if (statSync(join(root, path)).isDirectory()) yield* sources(path)
    else if (/\.(ts|mts)$/.test(name) && !name.endsWith('.d.ts')) yield path
  }
}

function importsOf(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8')
  const found = text.matchAll(
    /^\s*(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm,
  )
  return [...found].map(([, from, dynamic]) => {
    const name = (from ?? dynamic) as string
    if (name.startsWith('.')) return relative(root, normalize(join(root, dirname(path), name)))
    return name.startsWith('node:') ? name : `npm:${name}`
  })
}

const within = (path: string, prefix: string): boolean =>
  path === prefix || path.startsWith(prefix.endsWith(':') ? prefix : `${prefix}/`) || path === `${prefix}.ts`

const ruleFor = (path: string): string | undefined =>
  Object.keys(mayImport)
    .filter((folder) => within(path, folder))
    .sort((a, b) => b.length - a.length)[0]

const exists = (folder: string): boolean => {
  try {
    return statSync(join(root, folder)).isDirectory()
  } catch {
    return false
  }
}

for (const folder of [
  'errors',
  'conf',
  'lint',
  'config',
  'generate',
  'uwsgi',
  'gateway',
  'njs',
  'cli',
].filter(exists)) {
  test(`${folder}/ imports only what the table allows`, (t) => {
    const broken: string[] = []
    for (const path of sources(folder)) {
      const rule = ruleFor(path) as string
      for (const target of importsOf(path)) {
        const own =
          within(target, rule) ||
          (rule === 'lint/rules' ? false : within(target, folder) && !rule.includes('/'))
        if (!own && !(mayImport[rule] as string[]).some((allowed) => within(target, allowed))) {
          broken.push(`${path} imports ${target}`)
        }
      }
    }
    t.deepEqual(broken, [])
  })
}

test('nothing but cli, scripts and test imports cli', (t) => {
  const broken = ['conf', 'lint', 'config', 'generate', 'uwsgi', 'gateway', 'njs']
    .filter(exists)
    .flatMap((folder) => [...sources(folder)])
    .filter((path) => importsOf(path).some((target) => within(target, 'cli') || within(target, 'test')))
  t.deepEqual(broken, [])
})
