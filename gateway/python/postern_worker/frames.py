"""The lane's wire: frame types, flags and how they are packed. Twin of gateway/pool/frames.ts; docs/wire.md.

Knows bytes only: no sockets, no applications.
"""

import struct

REQUEST = 1
BODY = 2
BODY_FAILED = 3
FORGET = 4
RESPONSE = 16
MORE = 17
ABORT = 18
GAVE_BACK = 19
INFORM = 20
LOGVARS = 21
CLOSED = 22
DONE = 23
REST = 24

BODY_STREAM = 1
CHUNKED = 2
# With REQUEST and a connection: nobody waits for word of the answer.
QUIET = 4
END = 1
# With END: the application still has to close the response; CLOSED follows.
AFTER = 2
# With ABORT: the worker has begun to answer on the peer's connection.
ANSWERED = 1

HEADER = struct.Struct('<IIBBH')
HEADER_SIZE = HEADER.size
LENGTH = struct.Struct('<I')

# A response head must fit the header's u16.
HEAD_LIMIT = 65535
# Body bytes of one frame to the gateway; larger bodies become several frames.
PAYLOAD_LIMIT = 131072
# A frame from the gateway: environ (65,535 bytes of parameters, at worst doubled by UTF-8) and an inline body.
FRAME_LIMIT = 1048576
REASON_LIMIT = 1000

pack_header = HEADER.pack
_pack_done = struct.Struct('<IIBBHQH').pack
DONE_SIZE = 10


def cost_flags(nanoseconds):
    """END with what the request cost: five bits, the floor of log2 of its microseconds (taken as 1,024 ns)."""
    return END_FLAGS[(nanoseconds >> 10).bit_length()]


# By bit length of the microseconds; clock steps are impossible (monotonic), days are not.
END_FLAGS = [END | min(max(bits - 1, 1), 31) << 3 for bits in range(65)]


def pack_frame(request_id, kind, flags=0, payload=b'', aux=0):
    return pack_header(len(payload), request_id, kind, flags, aux) + payload


def pack_preamble(token, worker_id, lane_index):
    return b'LANE' + token.encode('ascii') + struct.pack('<IH', worker_id, lane_index)


def pack_response(request_id, head, body, end):
    """One RESPONSE frame; `head` is complete, with its empty line."""
    return b''.join((pack_header(len(head) + len(body), request_id, RESPONSE, END if end else 0, len(head)), head, body))


def pack_done(request_id, flags, code, head_size, body_size):
    """The answer stands on the peer's connection, whole."""
    return _pack_done(DONE_SIZE, request_id, DONE, flags, head_size, body_size, code)


def pack_abort(request_id, reason, flags=0):
    return pack_frame(request_id, ABORT, flags, reason.encode('utf-8', 'replace')[:REASON_LIMIT])


class WireError(Exception):
    """The gateway broke the rules of the wire: a bug of postern, the lane is given up."""
