// Makes the demo site ready: database, demo admin user, collected static files. Quick and silent when nothing is to do.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const here = import.meta.dirname
const python = process.env.POSTERN_PYTHON ?? 'python3'
const folder = process.env.MYSITE_VAR ?? join(here, 'var')

function* files(dir) {
  for (const name of readdirSync(dir).sort()) {
    const path = join(dir, name)
    if (statSync(path).isDirectory()) {
      if (path !== folder && name !== '__pycache__') yield* files(path)
    } else yield path
  }
}

/** What the prepared state depends on: the project's own files and the interpreter with its Django. */
function fingerprint() {
  const hash = createHash('sha256')
  hash.update(
    execFileSync(python, [
      '-c',
      'import sys, django; print(sys.version, django.__file__, django.get_version())',
    ]),
  )
  for (const path of files(here))
    if (/\.(py|css|js|html)$/.test(path)) hash.update(path).update(readFileSync(path))
  return hash.digest('hex')
}

function manage(...args) {
  try {
    execFileSync(python, ['manage.py', ...args], { cwd: here, stdio: ['ignore', 'ignore', 'inherit'] })
  } catch {
    process.stderr.write(
      `postern: \`${python} manage.py ${args[0]}\` failed in ${here}; Django's own words are above\n`,
    )
    process.exit(2)
  }
}

const CREATE_USER = `
from django.contrib.auth import get_user_model
users = get_user_model().objects
if not users.filter(username='demo').exists():
    users.create_superuser('demo', 'demo@example.com', 'demo')
`

let state
try {
  state = fingerprint()
} catch (error) {
  process.stderr.write(`postern: ${python} cannot import Django (${String(error.message).split('\n')[0]})\n`)
  process.stderr.write(
    '  install it (apt-get install python3-django), or set POSTERN_PYTHON to an interpreter that has it\n',
  )
  process.exit(5)
}
const stamp = join(folder, '.prepared')
const done =
  existsSync(stamp) && existsSync(join(folder, 'db.sqlite3')) && readFileSync(stamp, 'utf8') === state
if (!done) {
  process.stderr.write('postern: preparing the demo site (migrate, demo user, collectstatic)\n')
  mkdirSync(join(folder, 'media'), { recursive: true })
  manage('migrate', '--noinput')
  manage('shell', '-c', CREATE_USER)
  manage('collectstatic', '--noinput', '--clear')
  writeFileSync(stamp, state)
}
