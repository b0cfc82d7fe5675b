// placeholder until the checks land below
import type { NjsProblem, NjsTarget } from './types.ts'

export async function checkBundle(_code: string, _map: string, _target: NjsTarget): Promise<NjsProblem[]> {
  return []
}
