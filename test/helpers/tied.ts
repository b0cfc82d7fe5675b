// Commands that end with the test process: ava kills a file that takes too long, and nothing of it may stay behind.

import { spawnSync } from 'node:child_process'

const works = spawnSync('setpriv', ['--pdeathsig', 'KILL', '--', 'true']).status === 0

/** The command, sent a signal by the kernel when its parent dies (util-linux' setpriv); as it is where there is no such program. */
export const tied = (command: readonly string[], signal: 'KILL' | 'TERM' = 'KILL'): string[] =>
  works ? ['setpriv', '--pdeathsig', signal, '--', ...command] : [...command]
