// Headless Chromium from the system (no download). Missing: a skip with a reason locally, a failure in CI.

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const binary = ['/usr/bin/chromium', '/usr/bin/google-chrome', '/usr/bin/chromium-browser'].find((path) =>
  existsSync(path),
)

const common = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const quiet = [...common, '--disable-quic']

/** Names that are this machine, and HTTP/3 at once for `origin`, whose certificate has this key (SPKI hash, base64). */
export const overQuic = (origin: string, key: string): string[] => [
  ...common,
  '--enable-quic',
  `--origin-to-force-quic-on=${origin}`,
  `--ignore-certificate-errors-spki-list=${key}`,
  '--host-resolver-rules=MAP * 127.0.0.1',
]

/** Runs `visit` with a fresh page; closes everything behind it. */
export async function withPage(
  t: ExecutionContext<unknown>,
  options: BrowserContextOptions,
  visit: (page: Page) => Promise<void>,
  args = quiet,
): Promise<void> {
  if (binary === undefined) {
    if (process.env.CI) t.fail('chromium is not installed')
    else t.log('skipped: chromium is not installed')
    t.pass()
    return
  }
  const profile = mkdtempSync(join(tmpdir(), 'postern-chromium-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: binary,
    headless: true,
    args,
    ...options,
  })
  try {
    await visit(await context.newPage())
  } finally {
    await context.close()
    rmSync(profile, { recursive: true, force: true })
  }
}
