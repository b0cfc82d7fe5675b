// Writes what follows from the rule files: lint/rules.generated.ts, docs/rules/*.md and docs/rules/README.md.
// `npx tsx scripts/docs-rules.ts` (part of `npm run docs`); test/lint/docs.test.ts says when it was forgotten.

import { existsSync, mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ruleIndex, rulePages } from '../lint/docs.ts'
import type { Rule } from '../lint/rule.ts'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'lint/rules')

export const ruleNames = (): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => name.slice(0, -3))
    .sort()

export async function generated(): Promise<Map<string, string>> {
  const rules: Rule[] = []
  for (const name of ruleNames())
    rules.push(((await import(`../lint/rules/${name}.ts`)) as { rule: Rule }).rule)
  const files = new Map<string, string>([['lint/rules.generated.ts', ruleIndex(ruleNames())]])
  for (const [path, text] of rulePages(rules)) files.set(`docs/rules/${path}`, text)
  return files
}

if (process.argv[1] === import.meta.filename) {
  const files = await generated()
  const pages = join(root, 'docs/rules')
  mkdirSync(pages, { recursive: true })
  for (const name of readdirSync(pages)) if (!files.has(`docs/rules/${name}`)) unlinkSync(join(pages, name))
  let written = 0
  for (const [path, text] of files) {
    const file = join(root, path)
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
    writeFileSync(file, text)
    written++
  }
  console.log(`${written} of ${files.size} files written`)
}
