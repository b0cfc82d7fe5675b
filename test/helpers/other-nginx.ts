// Other releases of nginx, unpacked into folders by scripts/engines.ts; each is a script that runs it where it lies.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { parseBuild, type Version } from '../../generate/target.ts'
import { nginxBinary } from './nginx.ts'

export type OtherNginx = { binary: string; version: Version; built: string[] }

export function everyNginx(): OtherNginx[] {
  const roots = ['trixie', 'forky'].map((release) => `/var/tmp/postern-roots/${release}/postern-nginx`)
  return [nginxBinary, ...roots]
    .filter((path): path is string => path !== undefined && existsSync(path))
    .map((binary) => {
      const { version, built } = parseBuild(spawnSync(binary, ['-V'], { encoding: 'utf8' }).stderr)
      return { binary, version, built }
    })
}
