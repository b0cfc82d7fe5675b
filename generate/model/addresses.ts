// "Is this address one of those?" as a variable: 1 or 0. geo knows networks, but not that a Unix socket has none.

import type { Expr } from '../arg.ts'
import type { Draft } from './draft.ts'

export function isAmong(draft: Draft, name: string, why: string, variable: string, networks: string[]): Expr {
  const lines = networks
    .filter((network) => network !== 'unix:')
    .map((network): [string, string] => [network, '1'])
  const byAddress = draft.geo(`${name}_address`, why, variable, [['default', '0'], ...lines])
  if (!networks.includes('unix:')) return byAddress
  return draft.map(name, 'A Unix socket has no address.', variable, [
    ['unix:', '1'],
    ['default', byAddress],
  ])
}
