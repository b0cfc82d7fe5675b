// The commands that editors, hooks and CI run again and again, and nothing else: what is built as one CommonJS file,
// which bin/compiled.mjs starts from the form V8 compiled it to. Behaves as cli/main.ts does for them.

import { runCommand } from './command.ts'
import { exitCodeOf, live } from './end.ts'
import type { CommandModule } from './registry.ts'

const quick: Record<string, () => Promise<CommandModule>> = {
  fmt: () => import('./commands/fmt.ts'),
  lint: () => import('./commands/lint.ts'),
  parse: () => import('./commands/parse.ts'),
}

/** Runs one command line whose command is one of these; the promise is its exit code. */
export const main = ([name = '', ...args]: readonly string[]): Promise<number> =>
  exitCodeOf(
    () => runCommand(name, quick[name] as () => Promise<CommandModule>, args),
    args.includes('--json'),
  )

/** The whole life of the process. */
export const run = (argv: readonly string[] = process.argv.slice(2)): Promise<never> => live(() => main(argv))

/** What a usual run comes through, for the build: V8 keeps the functions that have run. Expects nothing on standard input. */
export async function exercise(): Promise<void> {
  const [{ loadConfText }, { lintConf }, { nginxTest }, { rules }] = await Promise.all([
    import('../conf/include.ts'),
    import('../lint/lint.ts'),
    import('../lint/nginx-test.ts'),
    import('../lint/rules.generated.ts'),
  ])
  const nginx = '1.22.1'
  const settings = { nginx, nginxTest: nginxTest(nginx, undefined) }
  const reader = { read: () => undefined, list: () => [] }
  for (const { bad, good } of rules) {
    for (const example of [bad[0], good[0]]) {
      const text = typeof example === 'object' ? example.conf : (example ?? '')
      lintConf(loadConfText(text, 'example.conf', reader), rules, settings)
    }
  }
  for (const name of Object.keys(quick)) await main([name, '-'])
}
