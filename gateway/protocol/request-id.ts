// What counts as a request id.

const LENGTH_LIMIT = 128

const idByte = new Uint8Array(256)
for (const mark of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:/+=-')
  idByte[mark.charCodeAt(0)] = 1

/** Harmless characters, and not too many: ids end up in logs. */
export function isRequestId(source: Uint8Array, from: number, to: number): boolean {
  if (from === to || to - from > LENGTH_LIMIT) return false
  for (let i = from; i < to; i++) if (idByte[source[i] as number] === 0) return false
  return true
}
