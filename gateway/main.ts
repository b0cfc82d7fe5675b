// `node out/gateway.mjs [gateway.json]`: the gateway's own entry. Reads the options file, runs, exits with the table's code.

import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { PosternError } from '../errors.ts'
import type { GatewayOptionsInput } from './options.ts'
import { runGateway } from './run.ts'
import { version } from './version.ts'

const usage = `usage: node gateway.mjs [gateway.json]
Runs the gateway with the options in gateway.json, by default the one beside this file.
`

function readFile(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new PosternError('OPTIONS_UNREADABLE', { file, reason: (cause as Error).message }, { cause })
  }
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK)
    return true
  } catch {
    return false
  }
}

function optionsFile(argument: string | undefined): string {
  if (argument !== undefined) return resolve(argument)
  const beside = join(import.meta.dirname, 'gateway.json')
  return existsSync(beside) ? beside : resolve('gateway.json')
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(usage)
    return 0
  }
  if (args.includes('--version')) {
    process.stdout.write(`postern ${version()}\n`)
    return 0
  }
  if (args.length > 1) {
    process.stderr.write(usage)
    return 2
  }
  try {
    const file = optionsFile(args[0])
    const reread = (): GatewayOptionsInput => {
      if (existsSync(file) && !isReadable(file))
        throw new PosternError('CONFIG_NOT_REREAD', { file, user: userInfo().username })
      return readFile(file) as GatewayOptionsInput
    }
    return await runGateway(readFile(file) as GatewayOptionsInput, { script: import.meta.filename, reread })
  } catch (error) {
    if (!(error instanceof PosternError)) throw error
    const hint = error.hint === undefined ? '' : `\n  hint: ${error.hint}`
    process.stderr.write(`postern: ${error.message}${hint}\n`)
    return error.exitCode
  }
}

process.exit(await main(process.argv.slice(2)))
