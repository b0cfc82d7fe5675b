"""Answers on the peer's own connection: FastCGI records written by the worker itself, past the gateway (docs/wire.md).

Knows records, descriptors and the lane's frames; what an answer says is response.py's. A peer that takes nothing for a
while holds no worker: the rest of its answer goes to the gateway, which sends it as it is.
"""

from os import write, writev
from select import POLLOUT, poll
from struct import Struct

from .frames import PAYLOAD_LIMIT, REST, pack_header

# The gateway names a connection only for requests with the number 1, the only one nginx gives.
_pack_record = Struct('>BBHHBB').pack
_STDOUT = 6
# Content of one record; the largest multiple of eight under 65,536.
RECORD_LIMIT = 65528
STATUS = b'Status: '
END_REQUEST = b'\1\3\0\1\0\10\0\0' + bytes(8)

# Milliseconds without room for a single byte, after which the gateway takes over.
STALL_MS = 100
# What one writev(2) is given; the kernel takes 1,024.
PARTS_LIMIT = 512


class ClientLeft(Exception):
    """Nobody wants the answer any more: the gateway cancelled the request, or its connection is closed."""


def record(length):
    return _pack_record(1, _STDOUT, 1, length, 0, 0)


def send_small(lane, fd, request_id, head, body):
    """A whole answer whose head and body fit one record, in one write."""
    data = b''.join((record(len(STATUS) + len(head) + len(body)), STATUS, head, body, END_REQUEST))
    try:
        sent = write(fd, data)
    except BlockingIOError:
        sent = 0
    except OSError:
        raise ClientLeft from None
    if sent != len(data):
        push(lane, fd, request_id, [memoryview(data)[sent:]])


class Answer:
    """One answer, in as many writes as it takes."""

    __slots__ = ('lane', 'fd', 'request_id', 'head_size', 'body_size', 'handed_over')

    def __init__(self, lane, fd, request_id):
        self.lane = lane
        self.fd = fd
        self.request_id = request_id
        self.body_size = 0
        # The gateway sends what still comes.
        self.handed_over = False

    def begin(self, head, body, end):
        self.head_size = len(head)
        self.body_size = len(body)
        view = memoryview(body)
        first = min(len(body), RECORD_LIMIT - len(STATUS) - len(head))
        parts = [record(len(STATUS) + len(head) + first), STATUS, head]
        if first:
            parts.append(view[:first])
        self.send(parts, view[first:], end)

    def more(self, body, end):
        self.body_size += len(body)
        self.send([], memoryview(body), end)

    def send(self, parts, view, end):
        size = len(view)
        for at in range(0, size, RECORD_LIMIT):
            part = view[at : at + RECORD_LIMIT]
            parts.append(record(len(part)))
            parts.append(part)
            if len(parts) > PARTS_LIMIT:
                self.push(parts)
                parts = []
        if end:
            parts.append(END_REQUEST)
        if parts:
            self.push(parts)

    def push(self, parts):
        if self.handed_over:
            hand_over(self.lane, self.request_id, parts)
        else:
            self.handed_over = push(self.lane, self.fd, self.request_id, parts)


def push(lane, fd, request_id, parts):
    """Writes all parts. True: the peer does not take them, the gateway got the rest and has to get what follows."""
    while parts:
        try:
            sent = writev(fd, parts)
        except BlockingIOError:
            if has_room(fd):
                continue
            hand_over(lane, request_id, parts)
            return True
        except OSError:
            raise ClientLeft from None
        done = 0
        while done < len(parts) and sent >= len(parts[done]):
            sent -= len(parts[done])
            done += 1
        del parts[:done]
        if sent:
            parts[0] = memoryview(parts[0])[sent:]
    return False


def has_room(fd):
    """Waits for it; also true when the peer has left, which the next write tells."""
    waiting = poll()
    waiting.register(fd, POLLOUT)
    return bool(waiting.poll(STALL_MS))


def hand_over(lane, request_id, parts):
    lane.spoken_of = request_id
    frames = []
    for part in parts:
        view = memoryview(part)
        for at in range(0, len(view), PAYLOAD_LIMIT):
            piece = view[at : at + PAYLOAD_LIMIT]
            frames.append(pack_header(len(piece), request_id, REST, 0, 0))
            frames.append(piece)
    lane.send_large(frames)
