// The page for a visitor when the application cannot answer: HTML for people, problem+json (RFC 9457) for programs.
// One self-contained document: no script, no request to anywhere, readable in light and dark and on a phone.
import { parseWeighted, typeWeight } from './quality.ts'
import { escapeHtml } from './text.ts'

export type PageFacts = {
  status: number
  title: string
  text: string
  /** Seconds until trying again makes sense; 0 says nothing. */
  retryAfter: number
  site: string
  requestId: string
  /** A GET page loads itself again after retryAfter. */
  reload: boolean
}

export type Page = { type: string; body: string }

/** HTML unless the client likes JSON strictly better. */
export function wantsJson(accept: string): boolean {
  if (accept === '') return false
  const list = parseWeighted(accept)
  const json = Math.max(typeWeight(list, 'application/problem+json'), typeWeight(list, 'application/json'))
  return json > typeWeight(list, 'text/html')
}

export function page(facts: PageFacts, accept: string): Page {
  return wantsJson(accept)
    ? { type: 'application/problem+json', body: problem(facts) }
    : { type: 'text/html; charset=utf-8', body: html(facts) }
}

function problem(facts: PageFacts): string {
  const fields: { [name: string]: string | number } = {
    type: 'about:blank',
    title: facts.title,
    status: facts.status,
    detail: facts.text,
  }
  if (facts.retryAfter > 0) fields.retryAfter = facts.retryAfter
  if (facts.requestId !== '') fields.instance = `urn:request:${facts.requestId}`
  return `${JSON.stringify(fields)}\n`
}

function html(facts: PageFacts): string {
  const reload =
    facts.reload && facts.retryAfter > 0 ? `<meta http-equiv="refresh" content="${facts.retryAfter}">` : ''
  const id = facts.requestId === '' ? '' : `<p class="id">Request ${escapeHtml(facts.requestId)}</p>`
  const again =
    facts.reload && facts.retryAfter > 0
      ? `<p>This page tries again by itself every ${facts.retryAfter} seconds.</p>`
      : ''
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
${reload}<title>${escapeHtml(facts.title)} - ${escapeHtml(facts.site)}</title>
<style>
:root{color-scheme:light dark;--paper:#fbfaf8;--ink:#1d1f23;--soft:#5a5f69;--line:#d9d6d0}
@media (prefers-color-scheme:dark){:root{--paper:#16181c;--ink:#eceae6;--soft:#a7abb4;--line:#33373f}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:flex;align-items:center;justify-content:center;padding:1.5rem;background:var(--paper);color:var(--ink);font:1.0625rem/1.6 system-ui,sans-serif;overflow-wrap:anywhere}
main{max-width:34rem;border-left:.25rem solid var(--line);padding-left:1.5rem}
h1{margin:0 0 .75rem;font-size:1.6rem;line-height:1.25}
p{margin:0 0 .75rem}
.site,.id{color:var(--soft);font-size:.9rem}
</style>
</head>
<body>
<main>
<p class="site">${escapeHtml(facts.site)}</p>
<h1>${escapeHtml(facts.title)}</h1>
<p>${escapeHtml(facts.text)}</p>
${again}${id}</main>
</body>
</html>
`
}
