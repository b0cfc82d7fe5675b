// FastCGI records as bytes: their types, their header, and the few that the gateway says by itself. Knows no request.

export const VERSION = 1
export const HEADER_SIZE = 8
export const BEGIN_REQUEST = 1
export const ABORT_REQUEST = 2
export const END_REQUEST = 3
export const PARAMS = 4
export const STDIN = 5
export const STDOUT = 6
export const DATA = 8
export const GET_VALUES = 9
export const GET_VALUES_RESULT = 10
export const UNKNOWN_TYPE = 11

/** A record's header into `out`. */
export function writeRecordHeader(out: Buffer, at: number, type: number, id: number, length: number): void {
  out[at] = VERSION
  out[at + 1] = type
  out[at + 2] = id >> 8
  out[at + 3] = id & 0xff
  out[at + 4] = length >> 8
  out[at + 5] = length & 0xff
  out[at + 6] = 0
  out[at + 7] = 0
}

/** END_REQUEST with application status 0 into `out`: 16 bytes. */
export function putEndRequest(out: Buffer, at: number, id: number, protocolStatus: number): void {
  writeRecordHeader(out, at, END_REQUEST, id, 8)
  out.fill(0, at + 8, at + 16)
  out[at + 12] = protocolStatus
}

export function writeEndRequest(id: number, protocolStatus: number): Buffer {
  const out = Buffer.allocUnsafe(16)
  putEndRequest(out, 0, id, protocolStatus)
  return out
}

/** UNKNOWN_TYPE, a record about no request; returns where it ends, 16 bytes on. */
export function putUnknownType(out: Buffer, at: number, type: number): number {
  writeRecordHeader(out, at, UNKNOWN_TYPE, 0, 8)
  out.fill(0, at + 8, at + 16)
  out[at + 8] = type
  return at + 16
}

export function writeUnknownType(type: number): Buffer {
  const out = Buffer.allocUnsafe(16)
  putUnknownType(out, 0, type)
  return out
}

const values: Record<string, string> = { FCGI_MAX_CONNS: '4096', FCGI_MAX_REQS: '4096', FCGI_MPXS_CONNS: '0' }

/** What the gateway says of itself, of what was asked. */
export function writeValuesResult(bytes: Buffer, from: number, to: number): Buffer {
  const asked = bytes.toString('latin1', from, to)
  const pairs = Object.entries(values)
    .filter(([name]) => asked.includes(name))
    .map(([name, value]) => String.fromCharCode(name.length, value.length) + name + value)
    .join('')
  const out = Buffer.alloc(HEADER_SIZE + pairs.length)
  writeRecordHeader(out, 0, GET_VALUES_RESULT, 0, pairs.length)
  out.write(pairs, HEADER_SIZE, 'latin1')
  return out
}
