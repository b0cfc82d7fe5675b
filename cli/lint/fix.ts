// `postern lint --fix`: repairs a configuration and writes its files back.

import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Conf, loadConfText } from '../../conf/include.ts'
import { diskReader } from '../../lint/files.ts'
import type { LintResult } from '../../lint/lint.ts'
import { note } from '../print.ts'

export async function fixAll(conf: Conf, result: LintResult, again: (conf: Conf) => LintResult) {
  const { repair } = await import('../../lint/repair.ts')
  const original = new Map(conf.files.map((file) => [file.path, file.text]))
  const repaired = repair(conf, result, (texts) => {
    const reader = {
      read: (path: string) => texts.get(path) ?? original.get(path) ?? diskReader.read(path),
      list: diskReader.list,
    }
    const path = conf.main.path
    const changed = loadConfText(texts.get(path) ?? conf.main.text, path, reader, {
      prefix: path === 'stdin' ? process.cwd() : resolve(path, '..'),
    })
    return { conf: changed, result: again(changed) }
  })
  for (const [path, text] of repaired.texts) {
    if (path === 'stdin' || text === original.get(path)) continue
    writeFileSync(path, text)
    note(`repaired ${path}`)
  }
  return repaired
}
