// Headless Chromium from the system (no download). Missing: a skip with a reason locally, a failure in CI.

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const binary = ['/usr/bin/chromium', '/usr/bin/google-chrome', '/usr/bin/chromium-browser'].find((path) =>
  existsSync(path),
)

const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Runs `visit` with a fresh page; closes everything behind it. */
export async function withPage(
  t: ExecutionContext<unknown>,
  options: BrowserContextOptions,
  visit: (page: Page) => Promise<void>,
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
    args: quiet,
    ...options,
  })
  try {
    await visit(await context.newPage())
  } finally {
    await context.close()
    rmSync(profile, { recursive: true, force: true })
  }
}
