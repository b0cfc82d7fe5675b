// Every link in the documentation leads somewhere.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'ava'
import { repository } from '../helpers/up.ts'

function* pages(folder: string): Generator<string> {
  for (const entry of readdirSync(join(repository, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* pages(path)
    else if (entry.name.endsWith('.md')) yield path
  }
}

/** Links of a page outside its code, without anchors; other sites are not ours to check. */
function linksOf(path: string): string[] {
  const text = readFileSync(join(repository, path), 'utf8')
    .replace(/^(```|~~~)[\s\S]*?^\1/gm, '')
    .replace(/`[^`\n]*`/g, '')
  return [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
    .map(([, target]) => target as string)
    .filter((target) => !/^[a-z]+:/.test(target))
}

test('no page has a dead link', (t) => {
  const all = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...pages('docs')]
  t.true(all.length > 20)
  const dead = all.flatMap((page) =>
    linksOf(page)
      .filter((target) => !existsSync(join(repository, dirname(page), target)))
      .map((target) => `${page} -> ${target}`),
  )
  t.deepEqual(dead, [])
})
