// Writes the pages that follow from tables: one function per area. `npm run docs`; test/docs.test.ts says when it was
// forgotten. A new area is a function that returns path -> text, and a row in `areas`.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exitCodes } from '../cli/exit-codes.ts'
import { gatewayOptions } from '../gateway/options.ts'
import type { Fate, FateKind } from '../uwsgi/fate.ts'
import { areas as fateAreas, fateOf } from '../uwsgi/fates.ts'
import { optionNames } from '../uwsgi/option-names.ts'
import { sentence } from '../uwsgi/translate.ts'
import { sitePage } from './docs-site.ts'

const root = join(import.meta.dirname, '..')
const made = (from: string) => `<!-- Made by \`npm run docs\` from ${from}. Do not edit. -->\n`
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

function exitCodesPage(): string {
  const rows = Object.entries(exitCodes).map(([code, what]) => `| ${code} | ${what} |`)
  return `# Exit codes
${made('cli/exit-codes.ts')}
Every \`postern\` command ends with one of these. Scripts and CI may rely on them.

| code | meaning |
|---|---|
${rows.join('\n')}

An error is printed on standard error as \`postern: file:line:column: what was found\`, a \`hint:\` line that says what to do, and a
\`code:\` line to search for. Commands that take \`--json\` print errors as one JSON object instead:
\`{"error": {"code", "message", "hint", "place", "exitCode"}}\`.

A gateway that is told to stop (SIGTERM, SIGINT, \`postern stop\`) ends with 0.
`
}

type Schema = {
  description?: string
  def: { type: string; in?: unknown; innerType?: Schema; defaultValue?: unknown; element?: Schema }
}

const typeName = (schema: Schema): string => {
  const { type, innerType, element } = schema.def
  if (schema.def.in) return 'number or text'
  if (innerType) return typeName(innerType)
  if (type === 'array' && element) return `list of ${typeName(element)}s`
  return { int: 'number', record: 'names and values', enum: 'choice' }[type] ?? type
}

function optionsPage(): string {
  const rows = Object.entries(gatewayOptions.shape).map(([name, schema]) => {
    const { def, description = '' } = schema as unknown as Schema
    const fallback = def.type === 'default' ? JSON.stringify(def.defaultValue) : ''
    return `| \`${name}\` | ${typeName(schema as unknown as Schema)} | ${fallback === '[]' || fallback === '{}' ? '' : cell(fallback)} | ${cell(description)} |`
  })
  return `# Options of the gateway
${made('gateway/options.ts')}
The same names on the command line (\`postern --processes 4\`), in a uwsgi.ini, in \`gateway: { … }\` of the site file, in gateway.json and
for Node programs (\`startGateway({ processes: 4 })\`). Where uWSGI has an option, this is its name. uWSGI's other names: [uwsgi-options.md](uwsgi-options.md).

| option | type | default | |
|---|---|---|---|
${rows.join('\n')}
`
}

const kindsInOrder: FateKind[] = [
  'honoured',
  'translated',
  'nginx',
  'always on',
  'no effect',
  'reader',
  'unsupported',
  'refused',
]

const meaning: Record<FateKind, string> = {
  honoured: 'an option of the gateway does it',
  translated: 'done, in another way than uWSGI does it',
  nginx: 'nginx does it in the generated site',
  'always on': 'what it asks for holds here without it',
  'no effect': 'accepted, for a reason nothing has to be done',
  reader: 'steers the reading of the configuration',
  unsupported: 'postern starts without it and says so',
  refused: 'postern does not start (with `--no-strict` it does, and warns)',
}

const row = (name: string, fate: Fate): string => {
  const { option, instead } = fate
  const other = option && option !== name ? `\`${option}\`. ` : ''
  const letter = optionNames.get(name)?.short
  return `| \`${name}\`${letter ? ` \`-${letter}\`` : ''} | ${fate.kind} | ${cell(`${other}${sentence(fate)}${instead ? ` Instead: ${instead}.` : ''}`)} |`
}

function uwsgiOptionsPage(): string {
  const counts = new Map<FateKind, number>()
  for (const name of optionNames.keys()) {
    const { kind } = fateOf(name) as Fate
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  const sections = Object.entries(fateAreas).map(
    ([title, rows]) =>
      `## ${title}\n\n| option | fate | |\n|---|---|---|\n${Object.entries(rows)
        .map(([name, fate]) => row(name, fate))
        .join('\n')}\n`,
  )
  const tabled = new Set(Object.values(fateAreas).flatMap((rows) => Object.keys(rows)))
  const groups = new Map<Fate, string[]>()
  for (const name of optionNames.keys()) {
    if (!tabled.has(name))
      groups.set(fateOf(name) as Fate, [...(groups.get(fateOf(name) as Fate) ?? []), name])
  }
  const others = [...groups].map(
    ([{ kind, doc, instead }, names]) =>
      `- **${kind}**: ${doc}${instead ? ` Instead: ${instead}.` : ''}\n  ${names.map((name) => `\`${name}\``).join(' ')}`,
  )
  return `# uWSGI's options
${made('uwsgi/fates/')}
All ${optionNames.size} option names of uWSGI 2.0.31 (with those of 2.0.21 and of the unreleased 2.1) and what postern does with each.
\`postern check uwsgi.ini --lines\` says it for your file; [migrate-from-uwsgi.md](migrate-from-uwsgi.md) is the way over.

| fate | options | meaning |
|---|---|---|
${kindsInOrder.map((kind) => `| ${kind} | ${counts.get(kind) ?? 0} | ${meaning[kind]} |`).join('\n')}

A key that is none of these is a placeholder if some \`%(key)\` refers to it, else a mistake: postern names the nearest option and does not
start. uWSGI ignores such lines silently.

${sections.join('\n')}
## All others

${others.join('\n')}
`
}

/** path → text of everything this script makes. */
export const generated = (): Map<string, string> =>
  new Map([
    ['docs/exit-codes.md', exitCodesPage()],
    ['docs/options.md', optionsPage()],
    ['docs/site.md', sitePage(made('config/schema/'))],
    ['docs/uwsgi-options.md', uwsgiOptionsPage()],
  ])

if (process.argv[1] === import.meta.filename) {
  let written = 0
  for (const [path, text] of generated()) {
    const file = join(root, path)
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
    writeFileSync(file, text)
    written++
  }
  console.log(`${written} pages written`)
}
