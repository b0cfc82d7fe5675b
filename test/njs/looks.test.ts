// The error and maintenance pages in a real browser: readable in light and dark, on a desk and on a phone.
// POSTERN_TEST_LEAVE=1 keeps the pictures.

import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test from 'ava'
import { chromium } from 'playwright-core'
import { page as writePage } from '../../njs/lib/page.ts'
import { tempFolder } from '../helpers/nginx.ts'

const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
)

/** WCAG 2: contrast of two `rgb(r, g, b)`. */
function contrast(a: string, b: string): number {
  const light = (text: string): number => {
    const [r, g, blue] = (text.match(/\d+/g) as string[]).slice(0, 3).map((part) => {
      const value = Number(part) / 255
      return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
    }) as [number, number, number]
    return 0.2126 * r + 0.7152 * g + 0.0722 * blue
  }
  const [high, low] = [light(a), light(b)].sort((x, y) => y - x) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

const pages = {
  away: {
    status: 503,
    title: 'Back in a moment',
    text: 'The site is being restarted. Please try again.',
    reload: true,
  },
  closed: {
    status: 503,
    title: 'Closed for maintenance, and with a title that is rather long for a telephone',
    text: `We are working on the site. ${'It will be back soon. '.repeat(10)}https://example.org/${'x'.repeat(120)}`,
    reload: false,
  },
}

test('the pages are readable in light and dark, on a desk and on a phone', async (t) => {
  if (browserPath === undefined) {
    t.log('skipped: no Chromium')
    return t.pass()
  }
  const folder = tempFolder('looks')
  t.teardown(() => process.env.POSTERN_TEST_LEAVE || rmSync(folder, { recursive: true, force: true }))
  const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] })
  t.teardown(() => browser.close())
  for (const [name, facts] of Object.entries(pages)) {
    const path = join(folder, `${name}.html`)
    const { body } = writePage(
      { ...facts, retryAfter: 3600, site: 'mysite', requestId: 'f'.repeat(32) },
      'text/html',
    )
    writeFileSync(path, body)
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const viewport of [
        { width: 1280, height: 800 },
        { width: 320, height: 568 },
      ]) {
        const context = await browser.newContext({ colorScheme, viewport })
        const page = await context.newPage()
        await page.goto(pathToFileURL(path).href)
        await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${viewport.width}.png`) })
        const seen = await page.evaluate(() => {
          // biome-ignore lint/suspicious/noExplicitAny: this runs in the browser, whose types are not ours
          const { document: doc, getComputedStyle: style } = globalThis as any
          const body = style(doc.body)
          return {
            paper: body.backgroundColor as string,
            ink: body.color as string,
            soft: style(doc.querySelector('.site')).color as string,
            size: Number.parseFloat(body.fontSize),
            overflow: doc.documentElement.scrollWidth - doc.documentElement.clientWidth,
            top: doc.querySelector('main').getBoundingClientRect().top as number,
          }
        })
        const where = `${name} ${colorScheme} ${viewport.width}`
        t.true(contrast(seen.paper, seen.ink) >= 7, where)
        t.true(contrast(seen.paper, seen.soft) >= 4.5, where)
        t.true(seen.size >= 16, where)
        t.true(seen.overflow <= 0, `${where}: nothing runs out of the side`)
        t.true(seen.top >= 0, `${where}: the top can be reached`)
        const [red] = (seen.paper.match(/\d+/g) as string[]).map(Number) as [number]
        t.is(red > 128, colorScheme === 'light', where)
        await context.close()
      }
    }
  }
})
