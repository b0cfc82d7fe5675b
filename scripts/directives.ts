// Writes conf/tables/nginx.generated.json: every directive and variable of the nginx versions postern knows, read from the
// command tables compiled into Debian's own packages (so that macros are resolved and Debian's patches are in).
//   npx tsx scripts/directives.ts <folder>   with <folder>/<suite>/{usr,…} unpacked packages and <folder>/<suite>.packages
// docs/decisions/0100 says how the folder is made. Not part of the build.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Elf } from './elf.ts'

const SUITES = { bookworm: '1.22', trixie: '1.26', forky: '1.30' } as const

type Command = { name: string; mask: number; setter: string; post?: unknown }
type Module = { name: string; type: string; commands: Command[] }
type Variable = { name: string; flags: number; module: string }

const NGX_STR = 16
const COMMAND = 56

function readModules(path: string): { modules: Module[]; variables: Variable[] } {
  const elf = new Elf(readFileSync(path))
  const list = elf.symbols.get('ngx_modules')
  const names = elf.symbols.get('ngx_module_names')
  if (list === undefined || names === undefined) throw new Error(`${path} has no modules`)
  const modules: Module[] = []
  const places: { at: number; name: string }[] = []
  for (let at = 0; ; at += 8) {
    const module = elf.target(list + at)
    if (module === undefined) break
    const name = elf.text(elf.target(names + at) as number)
    places.push({ at: module, name })
    const commands = elf.target(module + 64)
    if (commands !== undefined) places.push({ at: commands, name })
    const type = Buffer.from(Uint32Array.of(elf.number(module + 72)).buffer).toString('latin1')
    modules.push({ name, type, commands: commands === undefined ? [] : readCommands(elf, commands) })
  }
  return { modules, variables: readVariables(elf, places) }
}

function readCommands(elf: Elf, start: number): Command[] {
  const commands: Command[] = []
  for (let at = start; elf.number(at) !== 0; at += COMMAND) {
    const name = elf.text(elf.target(at + 8) as number, elf.number(at))
    const setter = (elf.symbolAt(at + 24) ?? '').replace(/^ngx_conf_set_(\w+)_slot$/, '$1')
    const post = readPost(elf, setter, elf.target(at + 48))
    const command: Command = { name, mask: elf.number(at + 16), setter }
    if (post !== undefined) command.post = post
    commands.push(command)
  }
  return commands
}

function readPost(elf: Elf, setter: string, at: number | undefined): unknown {
  if (at === undefined || elf.sectionOf(at)?.startsWith('.bss')) return undefined
  if (setter === 'enum' || setter === 'bitmask') {
    const names: string[] = []
    for (let row = at; elf.number(row) !== 0; row += NGX_STR + 8) {
      names.push(elf.text(elf.target(row + 8) as number, elf.number(row)))
    }
    return names
  }
  switch (elf.symbolAt(at)) {
    case 'ngx_conf_deprecated':
      return { old: elf.text(elf.target(at + 8) as number), new: elf.text(elf.target(at + 16) as number) }
    case 'ngx_conf_check_num_bounds':
      return { low: elf.number(at + 8), high: Number(BigInt.asIntN(64, BigInt(elf.number(at + 16)))) }
    default:
      return undefined
  }
}

/** Rows of ngx_http_variable_t and its stream twin: a name, then a setter and a getter or NULL. */
function readVariables(elf: Elf, places: { at: number; name: string }[]): Variable[] {
  const found: Variable[] = []
  places.sort((a, b) => a.at - b.at)
  for (const name of ['.data', '.data.rel.ro']) {
    const section = elf.section(name)
    if (section === undefined) continue
    for (let at = section.address; at + COMMAND <= section.address + section.size; at += 8) {
      const row = readVariable(elf, at)
      if (row === undefined) continue
      const near = places.reduce((a, b) => (Math.abs(b.at - at) < Math.abs(a.at - at) ? b : a))
      found.push({ ...row, module: near.name })
      at += COMMAND - 8
    }
  }
  return found
}

function readVariable(elf: Elf, at: number): Omit<Variable, 'module'> | undefined {
  const length = elf.number(at)
  const data = elf.target(at + 8)
  if (length < 2 || length > 64 || data === undefined || elf.pointer(at) !== undefined) return undefined
  if (!elf.sectionOf(data)?.startsWith('.rodata')) return undefined
  const name = elf.text(data, length)
  if (!/^[a-z][a-z0-9_]*$/.test(name) || elf.text(data + length, 1) !== '\0') return undefined
  const code = (place: number): boolean => {
    const pointer = elf.pointer(place)
    return pointer !== undefined && ('symbol' in pointer || elf.sectionOf(pointer.address) === '.text')
  }
  const setter = elf.pointer(at + 16) !== undefined
  if (setter && !code(at + 16)) return undefined
  const getter = elf.pointer(at + 24) !== undefined
  if (getter ? !code(at + 24) : elf.number(at + 24) !== 0) return undefined
  if (!setter && elf.number(at + 16) !== 0) return undefined
  if (elf.pointer(at + 40) !== undefined || elf.pointer(at + 48) !== undefined) return undefined
  const flags = elf.number(at + 40)
  if (flags > 127 || elf.number(at + 48) !== 0) return undefined
  // A setter alone, or neither, happens only in ngx_http_core_variables and for the variables filled in later.
  return { name, flags }
}

/** Added by code instead of from a table; the names are plain strings in the sources. */
const ADDED: [name: string, module: string][] = [
  ['gzip_ratio', 'ngx_http_gzip_filter_module'],
  ['zstd_ratio', 'ngx_http_zstd_filter_module'],
  ['brotli_ratio', 'ngx_http_brotli_filter_module'],
  ['invalid_referer', 'ngx_http_referer_module'],
  ['secure_link', 'ngx_http_secure_link_module'],
  ['secure_link_expires', 'ngx_http_secure_link_module'],
  ['slice_range', 'ngx_http_slice_filter_module'],
  ['uid_got', 'ngx_http_userid_filter_module'],
  ['uid_set', 'ngx_http_userid_filter_module'],
  ['uid_reset', 'ngx_http_userid_filter_module'],
]

/** Rows that only look like variables: njs's tables of names, and the strings of other modules. */
const isVariable = ({ name, module }: Variable): boolean =>
  !/_js_|quic_bpf|regex_module|errlog/.test(module) &&
  !(module === 'ngx_nchan_module' && name !== 'nchan_version')

type Written = [mask: number, setter: string, post?: unknown]

const folder = process.argv[2]
if (folder === undefined) throw new Error('say where the unpacked packages are')

const versions: string[] = []
const packages: Record<string, string[]> = {}
const order: Record<string, string[]> = {}
const modules: Record<string, { type: string; commands: Record<string, (Written[] | null)[]> }> = {}
const variables: Record<string, { http: string[]; stream: string[] }> = {}

for (const [suite, version] of Object.entries(SUITES)) {
  const index = versions.push(version) - 1
  packages[version] = readFileSync(join(folder, `${suite}.packages`), 'utf8')
    .trim()
    .split('\n')
  const root = join(folder, suite)
  const dynamic = join(root, 'usr/lib/nginx/modules')
  const names = existsSync(dynamic) ? readdirSync(dynamic).sort() : []
  const files = [join(root, 'usr/sbin/nginx'), ...names.map((name) => join(dynamic, name))]
  order[version] = []
  const http = new Set(ADDED.map(([name]) => name))
  const stream = new Set<string>()
  for (const file of files) {
    const read = readModules(file)
    for (const variable of read.variables.filter(isVariable)) {
      ;(variable.module.includes('_stream_') ? stream : http).add(variable.name)
    }
    for (const module of read.modules.filter(({ commands }) => commands.length > 0)) {
      order[version]?.push(module.name)
      modules[module.name] ??= { type: module.type, commands: {} }
      const { commands } = modules[module.name] as { commands: Record<string, (Written[] | null)[]> }
      for (const { name, mask, setter, post } of module.commands) {
        const written: Written = post === undefined ? [mask, setter] : [mask, setter, post]
        commands[name] ??= Object.keys(SUITES).map(() => null)
        const row = commands[name] as (Written[] | null)[]
        row[index] = [...(row[index] ?? []), written]
      }
    }
  }
  variables[version] = { http: [...http].sort(), stream: [...stream].sort() }
}

// One form where all versions agree, else one per version; null where a version lacks it.
const compact = Object.fromEntries(
  Object.entries(modules).map(([name, { type, commands }]) => [
    name,
    {
      type,
      commands: Object.fromEntries(
        Object.entries(commands).map(([directive, forms]) => {
          const same = forms.every((form) => JSON.stringify(form) === JSON.stringify(forms[0]))
          return [directive, same ? [forms[0]] : forms]
        }),
      ),
    },
  ]),
)
const out = join(import.meta.dirname, '../conf/tables/nginx.generated.json')
const text = JSON.stringify({ versions, packages, order, variables, modules: compact })
writeFileSync(
  out,
  `${text.replace(/("ngx_\w+_module":\{)/g, '\n$1').replace(/("(?:packages|order|variables)":)/g, '\n$1')}\n`,
)
