// postern explain: what a rule is about, with examples; without a name, the list of all.

import type { Command } from 'commander'
import { colours, examples, say, sayJson } from '../print.ts'

export function register(program: Command): void {
  program
    .command('explain')
    .description('say what a lint rule is about and how to get it right')
    .argument('[rule]', 'its name, or the name gixy and others have for it')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      examples([
        ['postern explain', 'all rules'],
        ['postern explain alias-traversal', 'one'],
        ['postern explain http_splitting', 'by gixy’s name'],
      ]),
    )
    .action(explain)
}

async function explain(name: string | undefined, options: { json?: boolean }): Promise<void> {
  const { rules } = await import('../../lint/rules.generated.ts')
  const { spread } = await import('../../lint/docs.ts')
  const { crossRules } = await import('../../lint/cross/run.ts')
  const { findRule, requireRule } = await import('../../lint/settings.ts')
  if (name === undefined) {
    if (options.json) return sayJson(rules.map(({ check: _, ...facts }) => facts))
    const width = Math.max(...rules.map((rule) => rule.name.length))
    for (const rule of rules)
      say(`${rule.name.padEnd(width)}  ${rule.default === false ? colours.dim('(off) ') : ''}${rule.summary}`)
    return
  }
  const rule = findRule(rules, requireRule(rules, name))
  const cross = crossRules.find((one) => one.name === name)
  if (cross !== undefined)
    return say(
      `${colours.bold(cross.name)}  ${cross.severity}, asked with --django, --uwsgi or --gateway, where such files lie beside the configuration, and by postern doctor\n\n${cross.summary}\n\n${cross.why}`,
    )
  if (rule === undefined) return say(`${name}: found by reading the files; there is nothing to switch`)
  if (options.json) {
    const { check: _, ...facts } = rule
    return sayJson(facts)
  }
  const block = (text: string): string =>
    text
      .split('\n')
      .map((line) => `    ${line}`)
      .join('\n')
  say(
    `${colours.bold(rule.name)}  ${rule.severity}, confidence ${rule.confidence}${rule.default === false ? ', off by default' : ''}${rule.fixable ? ', --fix' : ''}`,
  )
  if (rule.alias !== undefined) say(colours.dim(`also known as ${rule.alias.join(', ')}`))
  say(`\n${rule.summary}\n\n${rule.why}\n\n${colours.red('found')}`)
  for (const example of rule.bad.slice(0, 3)) say(`\n${block(spread(example))}`)
  say(`\n${colours.green('fine')}`)
  for (const example of rule.good.slice(0, 3)) say(`\n${block(spread(example))}`)
}
