// A settings file read without running it: what is certain, and what is left unknown.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { findSettings, readDjangoSource } from '../../config/django-source.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-settings-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))
let count = 0

async function read(text: string, others: Record<string, string> = {}) {
  const own = join(folder, `${++count}`)
  mkdirSync(own)
  for (const [name, content] of Object.entries({ ...others, 'settings.py': text })) {
    mkdirSync(join(own, name, '..'), { recursive: true })
    writeFileSync(join(own, name), content)
  }
  const source = await readDjangoSource(join(own, 'settings.py'))
  if ('error' in source) throw new Error(source.error)
  return { own, facts: source.facts, unknown: [...source.unknown] }
}

type Row = [
  claim: string,
  text: string,
  key: 'staticRoot' | 'staticUrl' | 'allowedHosts' | 'dataUploadMax' | 'proxySslHeader',
  value: unknown,
]
const rows: Row[] = [
  ['pathlib', 'from pathlib import Path\nB = Path(__file__).resolve().parent\nSTATIC_ROOT = B / "a" / "b"', 'staticRoot', 'OWN/a/b'],
  ['parents', 'import pathlib\nB = pathlib.Path(__file__).parents[0]\nSTATIC_ROOT = str(B.joinpath("a"))', 'staticRoot', 'OWN/a'],
  ['os.path', 'import os\nB = os.path.dirname(os.path.abspath(__file__))\nSTATIC_ROOT = os.path.join(B, "a/")', 'staticRoot', 'OWN/a'],
  ['f-strings', 'N = "x"\nSTATIC_URL = f"/{N}/static/"', 'staticUrl', '/x/static/'],
  ['lists that grow', 'ALLOWED_HOSTS = ["a"]\nALLOWED_HOSTS += ["b"]', 'allowedHosts', ['a', 'b']],
  ['products', 'DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024', 'dataUploadMax', 10485760],
  ['tuples', 'SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")', 'proxySslHeader', ['HTTP_X_FORWARDED_PROTO', 'https']],
  ['what Django takes otherwise', '', 'dataUploadMax', 2621440],
  ['conditions that are certain', 'DEBUG = False\nif DEBUG:\n    STATIC_URL = "/d/"\nelse:\n    STATIC_URL = "/p/"', 'staticUrl', '/p/'],
] // biome-ignore format: a table
for (const [claim, text, key, value] of rows)
  test(`settings are read: ${claim}`, async (t) => {
    const { own, facts } = await read(text)
    t.deepEqual(facts[key], typeof value === 'string' ? value.replace('OWN', own) : value)
  })

for (const [claim, text, name] of [
  ['the environment', 'import os\nSTATIC_URL = os.environ["X"]', 'STATIC_URL'],
  ['the environment with a default', 'import os\nSTATIC_URL = os.environ.get("X", "/static/")', 'STATIC_URL'],
  ['conditions', 'from x import y\nALLOWED_HOSTS = ["a"]\nif y:\n    ALLOWED_HOSTS = ["b"]', 'ALLOWED_HOSTS'],
  ['lists changed by a call', 'ALLOWED_HOSTS = []\nALLOWED_HOSTS.append(input())', 'ALLOWED_HOSTS'],
  ['what a star may bring', 'from elsewhere import *', 'STATIC_ROOT'],
  ['names that are imported', 'from secret import ALLOWED_HOSTS', 'ALLOWED_HOSTS'],
] as const)
  test(`settings are not guessed: ${claim}`, async (t) => {
    const { unknown } = await read(text)
    t.true(unknown.includes(name), unknown.join())
  })

test('settings that build on others are read with them', async (t) => {
  const { own, facts, unknown } = await read('from .base import *\nALLOWED_HOSTS += ["b"]\n', {
    'base.py':
      'from pathlib import Path\nBASE = Path(__file__).parent\nSTATIC_ROOT = BASE / "s"\nALLOWED_HOSTS = ["a"]\n',
  })
  t.deepEqual([facts.staticRoot, facts.allowedHosts, unknown], [join(own, 's'), ['a', 'b'], []])
})

test('a file that is no Python is an error, and nothing is run', async (t) => {
  const path = join(folder, 'broken.py')
  writeFileSync(path, 'import (\n')
  t.true('error' in (await readDjangoSource(path)))
})

test('the settings file is the one that manage.py names', (t) => {
  const own = mkdtempSync(join(folder, 'find-'))
  for (const name of ['one', 'two']) {
    mkdirSync(join(own, name))
    writeFileSync(join(own, name, 'settings.py'), '')
  }
  t.is(findSettings(own), undefined)
  writeFileSync(join(own, 'manage.py'), 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "two.settings")')
  t.is(findSettings(own), join(own, 'two/settings.py'))
})
