// The fate of every line as a page of Markdown: what `postern migrate` leaves beside the site file. Pure.

import { withoutPassword } from './passwords.ts'
import type { Outcome, Translation } from './translate.ts'

const headings: [title: string, text: string, kinds: Outcome['kind'][]][] = [
  ['Not supported', 'Decide about these; each says what to do instead.', ['refused', 'unsupported']],
  ['Ignored by uWSGI until now', 'No option of uWSGI: the line has never had an effect.', ['typo']],
  ['nginx does it now', 'In the generated configuration.', ['nginx']],
  ['Kept', 'The gateway does it, under the same or another name.', ['honoured', 'translated', 'own option']],
  ['Always on', 'Holds here without the line.', ['always on']],
  ['Without effect', 'Nothing to do here.', ['no effect']],
  ['Reading of the configuration', 'Done when the site file was written.', ['reader', 'placeholder']],
]

export function writeReport({ outcomes, problems }: Translation, source: string): string {
  const lines = [
    `# Migration of ${source}`,
    '',
    'Made by `postern migrate`. Every line of the configuration and what became of it.',
    '',
  ]
  const told = problems.filter(({ severity }) => severity !== 'note')
  if (told.length > 0) {
    lines.push('## Look at these', '')
    for (const { severity, error } of told) {
      const { place } = error
      const where = place ? `${place.file}${place.line ? `:${place.line}` : ''}: ` : ''
      lines.push(`- **${severity}** ${where}${error.message}${error.hint ? ` (${error.hint})` : ''}`)
    }
    lines.push('')
  }
  for (const [title, text, kinds] of headings) {
    const rows = outcomes.filter(({ kind }) => kinds.includes(kind))
    if (rows.length === 0) continue
    lines.push(`## ${title}`, '', text, '', '| line | | what |', '|---|---|---|')
    for (const row of rows) lines.push(writeRow(row))
    lines.push('')
  }
  return lines.join('\n')
}

/** What the same line means in a site. */
const inSite: Record<string, string> = {
  socket:
    ' In the site the gateway listens on `gateway.sock` in the run directory (`out/run`): a `uwsgi_pass` of yours names that.',
}

function writeRow({ entry, doc, instead, option }: Outcome): string {
  const { file, line } = entry.place
  const name = option && option !== entry.key ? `\`${option}\`. ` : ''
  const written = `${entry.key}${entry.raw === undefined || entry.raw === '' ? '' : ` = ${withoutPassword(entry.raw)}`}`
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
  return `| ${cell(file)}${line ? `:${line}` : ''} | \`${cell(written).replaceAll('`', "'")}\` | ${cell(`${name}${doc}${inSite[option ?? ''] ?? ''}${instead ? ` Instead: ${instead}.` : ''}`)} |`
}
