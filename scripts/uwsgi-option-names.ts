// Extracts every option name from uWSGI's C sources into uwsgi/option-names.generated.json.
// Run: node --import=tsx scripts/uwsgi-option-names.ts <unpacked sources>… (the first is the newest; names of the
// later ones are added with their version). Sources: `apt-get source --download-only uwsgi` of Debian 12 and of sid.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

type Row = {
  name: string
  short?: string
  argument: 'none' | 'required' | 'optional'
  kind: string
  flags?: string[]
  plugin?: string
  /** First option with the same handler and target. */
  same?: string
  versions?: string
}

function* sources(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* sources(path)
    else if (/\.(c|cc|m|h)$/.test(entry.name)) yield path
  }
}

/** Splits `a, "b, c", (d)` at its outer commas. */
function fieldsOf(text: string): string[] {
  const fields: string[] = []
  let depth = 0
  let quoted = false
  let field = ''
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string
    if (quoted && c === '\\') field += c + text[++i]
    else if (c === '"') {
      quoted = !quoted
      field += c
    } else if (!quoted && c === ',' && depth === 0) {
      fields.push(field.trim())
      field = ''
    } else {
      if (!quoted && '([{'.includes(c)) depth++
      if (!quoted && ')]}'.includes(c)) depth--
      field += c
    }
  }
  return [...fields, field.trim()]
}

const kinds: Record<string, string> = {
  uwsgi_opt_true: 'bool',
  uwsgi_opt_false: 'bool-off',
  uwsgi_opt_set_int: 'int',
  uwsgi_opt_set_rawint: 'int',
  uwsgi_opt_set_64bit: 'int',
  uwsgi_opt_set_16bit: 'int',
  uwsgi_opt_set_megabytes: 'megabytes',
  uwsgi_opt_set_str: 'string',
  uwsgi_opt_add_string_list: 'list',
  uwsgi_opt_logic: 'logic',
  uwsgi_opt_add_socket: 'socket',
  uwsgi_opt_add_lazy_socket: 'socket',
  uwsgi_opt_add_route: 'route',
}

function readOptions(root: string): Map<string, Row> {
  const rows = new Map<string, Row>()
  const byTarget = new Map<string, string>()
  for (const path of [...sources(join(root, 'core')), ...sources(join(root, 'plugins'))]) {
    const text = readFileSync(path, 'latin1')
    for (const match of text.matchAll(
      /\{\s*(?:\(char \*\)\s*)?"([^"]+)"\s*,\s*(required|no|optional)_argument\s*,((?:[^{}"]|"(?:[^"\\]|\\.)*")*)\}/g,
    )) {
      const [, name = '', argument = '', rest = ''] = match
      const [short = '0', , handler = '', target = '', flags = '0'] = fieldsOf(rest)
      if (rows.has(name)) continue
      const letter = /^'(.)'$/.exec(short)?.[1]
      const handlerName = handler.replace(/^\([^)]*\)\s*/, '')
      const row: Row = {
        name,
        argument: argument === 'no' ? 'none' : (argument as 'required' | 'optional'),
        kind: kinds[handlerName] ?? handlerName.replace(/^uwsgi_(opt_)?/, ''),
      }
      if (letter) row.short = letter
      const found = [...flags.matchAll(/UWSGI_OPT_(\w+)/g)].map(([, flag]) => (flag as string).toLowerCase())
      if (found.length > 0) row.flags = found
      const plugin = /plugins\/([^/]+)\//.exec(path)?.[1]
      if (plugin) row.plugin = plugin
      if (/^&|^\(void \*\)\s*&/.test(target)) {
        const key = `${handlerName} ${target}`
        const first = byTarget.get(key)
        if (first) row.same = first
        else byTarget.set(key, name)
      }
      rows.set(name, row)
    }
  }
  return rows
}

// Named in uWSGI's main branch (2.1, unreleased) and not in any release.
const onlyInMain: Row[] = [
  { name: 'else', argument: 'none', kind: 'logic', versions: '2.1' },
  { name: 'dynamic-apps', argument: 'none', kind: 'bool', versions: '2.1' },
  { name: 'wsgi-manage-chunked-input', argument: 'none', kind: 'bool', versions: '2.1' },
]

const roots = process.argv.slice(2)
const all = new Map<string, Row>()
for (const [index, root] of roots.entries()) {
  for (const [name, row] of readOptions(root)) {
    if (!all.has(name)) all.set(name, index === 0 ? row : { ...row, versions: basename(root) })
  }
}
for (const row of onlyInMain) if (!all.has(row.name)) all.set(row.name, row)

const lines = [...all.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map((row) => JSON.stringify(row))
writeFileSync(
  join(import.meta.dirname, '../uwsgi/option-names.generated.json'),
  `{"from": ${JSON.stringify(roots.map((root) => basename(root)).join(', '))},\n"options": [\n${lines.join(',\n')}\n]}\n`,
)
process.stderr.write(`${lines.length} options\n`)
