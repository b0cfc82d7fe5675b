// How a command line ends: the only process.exit and the only catch-all. What is printed is print.ts's affair.

import { PosternError } from '../errors.ts'
import { sayError } from './print.ts'

/** Something has printed help: nothing is left to do. */
export class Finished extends Error {
  readonly code: number
  constructor(code: number) {
    super('finished')
    this.code = code
  }
}

/** The exit code of a command; never rejects. `json`: its errors are read by a program. */
export async function exitCodeOf(command: () => Promise<void>, json: boolean): Promise<number> {
  try {
    await command()
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (error instanceof Finished) return error.code
    sayError(error, json)
    return error instanceof PosternError ? error.exitCode : 70
  }
}

/** The whole life of the process. */
export async function live(main: () => Promise<number>): Promise<never> {
  // The reader of our output may leave (`postern lint | head`): no news to anyone.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 70))
  process.exit(await main())
}
