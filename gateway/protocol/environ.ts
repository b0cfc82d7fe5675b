// Variables from any protocol -> the CGI part of a WSGI environ, as marshal bytes (docs/wire.md). Every rule about what
// an application may be told by a request is in environ/ and names.ts. No strings are made on the way, no sockets known.
// Contract: begin(), add() per variable, finish(); `source` must not change before finish() has returned.

import { PosternError } from '../../errors.ts'
import { EnvironDraft, type ProtocolName, put } from './environ/draft.ts'
import { checkMethod, keep } from './environ/meaning.ts'
import { isRepeated, writeRepeated } from './environ/repeated.ts'
import { writeServer } from './environ/server.ts'
import { writePaths } from './environ/target.ts'
import { NAME_LIMIT, VARIABLES_LIMIT } from './limits.ts'
import { DICT, DICT_END, keyBytes, NAME, SHORT_ASCII, writeLatin1 } from './marshal.ts'
import { type KnownName, kinds, Names } from './names.ts'
import { mountPrefixes } from './path.ts'

export type { DroppedCounts, ProtocolName } from './environ/draft.ts'

/** Environs are cut from blocks of this size, which are never written twice: nobody has to say when one is free. */
const BLOCK_SIZE = 65_536

const keyRequestId = keyBytes('POSTERN_REQUEST_ID')

/** One per gateway: requests are written one after the other, each within one turn. What finish() found is in the draft. */
export class EnvironWriter extends EnvironDraft {
  private readonly prefixes: Buffer[]
  private readonly newId: (() => Buffer) | undefined
  private readonly scratch = Buffer.allocUnsafeSlow(2 * 65_536)
  private readonly names = new Names()
  private generation = 0
  private block: Buffer = this.out

  /** `mounts`: the prefixes that become SCRIPT_NAME when the peer sends none. `newId`: an id for a request without one. */
  constructor(mounts: readonly string[] = [], newId?: () => Buffer) {
    super()
    this.prefixes = mountPrefixes(mounts)
    this.newId = newId
  }

  /** Starts an environ made from `source`, of which at most `size` bytes are variables. */
  begin(source: Buffer, size: number, protocol: ProtocolName): void {
    // Each source byte may become two of UTF-8, the target is written up to three times, names cost two bytes each.
    const room = size * 8 + 4096
    if (this.block.length - this.at < room) {
      this.block = Buffer.allocUnsafeSlow(Math.max(BLOCK_SIZE, room))
      this.at = 0
    }
    this.out = this.block
    this.start = this.at
    this.out[this.at++] = DICT
    this.source = source
    this.protocol = protocol
    this.generation++
    this.clear()
  }

  /** One variable: name `source[nameFrom, nameTo)`, value `source[from, to)`. */
  add(nameFrom: number, nameTo: number, from: number, to: number): void {
    if (++this.count > VARIABLES_LIMIT) {
      throw new PosternError('REQUEST_TOO_MANY_VARIABLES', { limit: VARIABLES_LIMIT })
    }
    const { source, out, at } = this
    const length = nameTo - nameFrom
    if (length === 0 || length > NAME_LIMIT) {
      this.dropped.oddNames++
      return
    }
    let name = this.names.candidate(source, nameFrom, length)
    let differs = name === undefined || name.bytes.length !== length ? 1 : 0
    if (name !== undefined && differs === 0) {
      const { bytes } = name
      for (let i = 0; i < length; i++) {
        const byte = source[nameFrom + i] as number
        differs |= byte ^ (bytes[i] as number)
        out[at + 2 + i] = byte
      }
    }
    if (differs !== 0) {
      name = this.names.learn(source, nameFrom, length)
      if (name === undefined) {
        this.dropped.oddNames++
        return
      }
      source.copy(out, at + 2, nameFrom, nameTo)
      // Whether a stranger came before in this request, only what was written can tell.
      if (!name.kept) name.seen = this.generation
    }
    const known = name as KnownName
    const { kind } = known
    if (kind !== kinds.plain) {
      if (kind !== kinds.header && !keep(this, kind, from, to)) return
      if (kind <= kinds.givenId) {
        if (known.seen === this.generation && isRepeated(this, known, from, to)) return
        known.seen = this.generation
      }
    }
    out[at] = NAME
    out[at + 1] = length
    this.at = writeLatin1(out, at + 2 + length, source, from, to)
  }

  /** Completes the environ; the bytes are never written again. Throws (blame peer) what makes it no request. */
  finish(): Buffer {
    checkMethod(this)
    if (this.repeated !== undefined) writeRepeated(this, this.repeated)
    writePaths(this, this.prefixes, this.scratch)
    writeServer(this)
    if (!this.hasRequestId && this.newId !== undefined) this.writeRequestId(this.newId())
    const { out, start } = this
    out[this.at++] = DICT_END
    return out.subarray(start, this.at)
  }

  /** The peer has given none: the worker's reports and the gateway's lines name the same. */
  private writeRequestId(id: Buffer): void {
    put(this, keyRequestId)
    this.out[this.at++] = SHORT_ASCII
    this.out[this.at++] = id.length
    put(this, id)
  }
}
