// Memory that is lent for the time of a call: what a lane has read is handed to exchanges, and what a connection has read
// of a body to lanes, as slices of the reader's own buffer, which the next read overwrites. Whoever keeps such a slice beyond the call (a socket that could not send at
// once, a response held back) says so here, and the reader takes a new buffer. Knows no lanes and no sockets.

export const lent = { kept: false }

/** After writing lent memory: what the socket has not passed to the kernel, it keeps. */
export function keepUnsent(socket: { readonly writableLength: number }): void {
  if (socket.writableLength > 0) lent.kept = true
}
