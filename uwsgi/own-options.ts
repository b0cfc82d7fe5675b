// postern's own options: those of the gateway that uWSGI does not have, and a few of the reader itself.

import { gatewayOptions } from '../gateway/options.ts'
import { type OptionName, optionNames } from './option-names.ts'

/** Options of the reader that never reach the gateway. */
const readerOptions: [string, OptionName['argument']][] = [
  ['allow-exec', 'none'],
  ['no-strict', 'none'],
]

const isFlag = (schema: unknown): boolean => {
  const type = (schema as { def?: { type?: string; innerType?: unknown } }).def
  return type?.type === 'boolean' || (type?.innerType !== undefined && isFlag(type.innerType))
}

/** name → whether it takes a value on the command line. */
export const ownOptions: ReadonlyMap<string, OptionName['argument']> = new Map([
  ...Object.entries(gatewayOptions.shape)
    .filter(([name]) => !optionNames.has(name))
    .map(
      ([name, schema]) => [name, isFlag(schema) ? 'none' : 'required'] as [string, OptionName['argument']],
    ),
  ...readerOptions,
])
