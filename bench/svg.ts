// The picture of docs/benchmarks.md: CPU time per request as bars, a group a case, uWSGI = 1. Pure.

import type { Report } from './report.ts'

const COLOURS: Record<string, string> = {
  postern: '#b4632a',
  uWSGI: '#4c6a8a',
  'gunicorn sync': '#8a9a5b',
  'gunicorn gthread': '#b3bd8f',
}
const ROW = 16
const LEFT = 220
const SCALE = 160

export function picture(report: Report): string {
  const parts: string[] = []
  let y = 40
  for (const { title, servers } of report.results) {
    const base = servers.uWSGI
    if (!base) continue
    const unit = base.nginxUs + base.appUs
    const bars = Object.entries(servers).filter(([name]) => name in COLOURS)
    parts.push(
      `<text x="${LEFT - 110}" y="${y + (bars.length * ROW) / 2 + 4}" text-anchor="end" class="case">${title}</text>`,
    )
    for (const [name, figures] of bars) {
      const ratio = (figures.nginxUs + figures.appUs) / unit
      const width = Math.min(ratio, 3) * SCALE
      parts.push(
        `<text x="${LEFT - 6}" y="${y + 11}" text-anchor="end">${name}</text>`,
        `<rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 4}" fill="${COLOURS[name]}"/>`,
        `<text x="${(LEFT + width + 6).toFixed(1)}" y="${y + 11}">${ratio.toFixed(2)}</text>`,
      )
      y += ROW
    }
    y += ROW / 2
  }
  const line = `<line x1="${LEFT + SCALE}" x2="${LEFT + SCALE}" y1="30" y2="${y}" stroke="#888" stroke-dasharray="3 3"/>`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-110 0 860 ${y + 10}" width="860" font-family="system-ui, sans-serif" font-size="11">
<style>text{fill:#333}.case{font-weight:600}@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>
<text x="-100" y="20" font-size="14" class="case">CPU time per request, nginx + uWSGI = 1 (shorter is better)</text>
${line}
${parts.join('\n')}
</svg>
`
}
