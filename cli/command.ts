// One command with its arguments, read by commander. Knows no command.

import { PosternError } from '../errors.ts'
import { say } from './print.ts'
import type { CommandModule } from './registry.ts'

export async function runCommand(
  name: string,
  load: () => CommandModule | Promise<CommandModule>,
  args: readonly string[],
): Promise<void> {
  const { Command, CommanderError } = await import('commander')
  const program = new Command('postern')
  program.exitOverride().configureOutput({
    writeOut: say,
    writeErr: () => {}, // the error is thrown as well, and cli/end.ts prints it
  })
  const { register } = await load()
  register(program)
  try {
    await program.parseAsync([name, ...args], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return
    throw usageError(name, error.message)
  }
}

function usageError(command: string, message: string): PosternError {
  const [problem = message, suggestion] = message.split('\n')
  return new PosternError('CLI_BAD_USAGE', {
    problem: problem.replace(/^error: /, ''),
    remedy: suggestion
      ? suggestion.replace(/^\((.*)\)$/, '$1').replace(/^Did/, 'did')
      : `see postern ${command} --help`,
  })
}
