// Asks the installed `nginx -t` about a text and says what it answered. Temporary folder, no sockets but its own.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isVersion, minorVersion } from '../../../conf/directives.ts'
import { nginxBinary } from '../../helpers/nginx.ts'

export type Answer = { refused: boolean; line: number; message: string }

/** What the machine lacks says nothing about a configuration. */
const ABOUT_THE_MACHINE =
  /host not found|No such file|getpw|getgr|bind\(\)|mkdir|dlopen|SSL_|PEM|cannot load|open\(\)|chmod|Permission|Is a directory|socket\(\)|ENGINE|MMDB|GeoIP|cannot|types_hash|variables_hash|server_names_hash|headers_hash|SyntaxError|\bjs\b/

const MODULES = [
  'ngx_stream_module',
  'ngx_mail_module',
  'ngx_http_js_module',
  'ngx_http_brotli_filter_module',
  'ngx_http_brotli_static_module',
  'ngx_http_headers_more_filter_module',
]
const folders = [
  process.env.POSTERN_TEST_NGINX_MODULES ?? '/usr/lib/nginx/modules',
  '/usr/lib64/nginx/modules',
]

export class RealNginx {
  readonly version: string
  readonly #folder = mkdtempSync(join(tmpdir(), 'postern-nginx-t-'))
  readonly head: string
  readonly #binary: string

  /** undefined where nginx, or a module the tests need, is missing. */
  static find(): RealNginx | undefined {
    const modules = folders.find((folder) => existsSync(folder))
    if (nginxBinary === undefined || modules === undefined) return undefined
    if (!MODULES.every((name) => existsSync(join(modules, `${name}.so`)))) return undefined
    const real = new RealNginx(nginxBinary, modules)
    return isVersion(real.version) ? real : undefined
  }

  private constructor(binary: string, modules: string) {
    this.#binary = binary
    const said = spawnSync(binary, ['-v'], { encoding: 'utf8' })
    this.version = /nginx\/([\d.]+)/.exec(said.stderr)?.[1] ?? ''
    this.head = `${MODULES.map((name) => `load_module ${modules}/${name}.so;`).join(' ')} pid ${this.#folder}/pid; `
  }

  get minor(): number {
    return minorVersion(this.version)
  }

  socket(name: string): string {
    return `${this.#folder}/${name}`
  }

  /** undefined: it stumbled over the machine, not over the text. The text's first line is behind `head`. */
  ask(text: string): Answer | undefined {
    const path = join(this.#folder, 'c.conf')
    writeFileSync(path, this.head + text)
    const { status, stderr } = spawnSync(
      this.#binary,
      ['-t', '-q', '-e', join(this.#folder, 'error.log'), '-c', path],
      { encoding: 'utf8', cwd: this.#folder },
    )
    if (status === 0) return { refused: false, line: 0, message: '' }
    const said = stderr.split('\n').find((line) => /\[(?:emerg|alert)\]/.test(line))
    if (said === undefined || ABOUT_THE_MACHINE.test(said)) return undefined
    const [, message = '', line] = /\[\w+\] (?:\d+#\d+: )?(.*?)(?: in \S*c\.conf:(\d+))?$/.exec(said) ?? []
    return { refused: true, line: Number(line ?? 0), message }
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
