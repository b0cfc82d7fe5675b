// The disk, as conf/ asks for it. Knows no grammar.
import { readdirSync, readFileSync } from 'node:fs'
import type { Reader } from '../conf/include.ts'

/** Reads files and lists folders; a folder that cannot be read has no names. */
export const diskReader: Reader = {
  read: (path) => readFileSync(path),
  list: (folder) => {
    try {
      return readdirSync(folder)
    } catch {
      return []
    }
  },
}

export const readStdin = (): Buffer => readFileSync(0)
