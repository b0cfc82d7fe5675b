"""One lane: a thread's connection to the gateway. Reads requests, keeps them waiting, sends what responses produce.

Two threads touch a lane. Its own thread reads when it has nothing to do, runs the application and sends. The
helper thread (helm.py) gives back waiting requests and sends finished responses while the application is busy.
`reading` guards the buffer and the parser, `writing` the order of bytes on the socket; the deques between them
are atomic. The application's side is engine.py, what the helper does to a lane helper_side.py.
"""

import os
import threading
from collections import deque
from marshal import loads
from socket import MSG_DONTWAIT
from struct import Struct
from time import perf_counter_ns as now

from . import frames
from .body import StreamBody
from .frames import (
    BODY, BODY_FAILED, BODY_STREAM, END, FORGET, FRAME_LIMIT, HEADER_SIZE, INFORM, QUIET, REQUEST, WireError,
)  # fmt: skip
from .helper_side import HelperSide

BUFFER = 65536
# Responses up to this size are copied into one packet with their neighbours; larger ones are sent from where they are.
SMALL = 16384
# Finished responses kept back for company while more requests wait on the lane.
COMPANY = 32
# An answer that took longer is worth a word at once.
QUIET_NANOSECONDS = 1000000

_read_frame = Struct('<IIBBHII').unpack_from
_read_header = frames.HEADER.unpack_from
_pack_header = frames.pack_header


class LaneClosed(Exception):
    """The gateway is gone, or has closed this lane."""


class Lane(HelperSide):
    def __init__(self, sock, index, body_files=None):
        self.socket = sock
        self.body_files = body_files
        # catch-exceptions: the client is shown tracebacks.
        self.shows_failures = False
        self.index = index
        self.pending = deque()
        self.out = deque()
        self.reading = threading.Lock()
        self.writing = threading.Lock()
        self.buffer = bytearray(BUFFER)
        self.view = memoryview(self.buffer)
        self.begin = 0
        self.end = 0
        self.stream = None
        self.idle = False
        self.draining = False
        self.cancelled = 0
        # perf_counter_ns at the call of the application; 0 tells the gateway nothing.
        self.begun = 0
        # Set by the engine, read by the helper for stack dumps, cancelling and hints.
        self.response = None
        self.closing_since = None
        # While positive, the gateway is told when close() returns: one of the latest was slow.
        self.slow_closes = 0
        # Copies of finished responses for the case of sudden death; see keep.py.
        self.kept = None
        # Descriptors of connections that may be answered past the gateway, by the gateway's number (direct.py, door.py).
        self.door = None
        self.connections = {}
        # The latest request of whose answer the gateway has heard by the lane: it waits for the end of that story.
        self.spoken_of = 0
        # The gateway has no other request than the one that runs.
        self.alone = False
        # The latest frame that nobody waits for; while it is the last in `out`, all of `out` may wait.
        self.quiet = None
        # Numbers of connections that are closed; only the lane's own thread closes descriptors it may be writing to.
        self.forgotten = deque()

    # Reading

    def wait(self):
        """Blocks until a request waits; False when none will come any more."""
        pending = self.pending
        while not pending:
            self.idle = True
            try:
                if not self.fill(MSG_DONTWAIT if self.draining else 0, pending.__len__):
                    return False
            except BlockingIOError:
                return False
            finally:
                self.idle = False
            if self.forgotten:
                self.forget()
        return True

    def find(self, number):
        """The descriptor of a connection that was passed to this lane; None while it is still on its way."""
        fd = self.connections.get(number)
        if fd is None:
            self.door.take_in()
            fd = self.connections.get(number)
        return fd

    def forget(self):
        self.door.take_in()
        while self.forgotten:
            number = self.forgotten.popleft()
            fd = self.connections.pop(number, None)
            if fd is None:
                self.door.too_late.add(number)
            else:
                os.close(fd)

    def read_body(self, stream):
        """Reads once more because the application wants its body; False when the gateway is gone."""
        if self.out:
            self.flush()
        return self.fill(0, stream.has_news)

    def fill(self, flags, has_news=None):
        """Reads what the socket has and parses it; False at end of file. Raises BlockingIOError if told not to wait."""
        with self.reading:
            # The helper may have read it while this thread came for the lock: then nothing more need ever come.
            if has_news is not None and has_news():
                return True
            begin, end = self.begin, self.end
            if begin == end:
                begin = end = self.begin = self.end = 0
            elif end == len(self.buffer):
                self.make_room()
                begin, end = self.begin, self.end
            try:
                count = self.socket.recv_into(self.view[end:], 0, flags)
            except ConnectionError:
                return False
            except OSError:
                if self.socket.fileno() < 0:
                    return False
                raise
            if not count:
                return False
            self.end = end + count
            self.parse()
            return True

    def make_room(self):
        """Moves the rest to the front, in a larger buffer if a frame needs it."""
        rest = bytes(self.view[self.begin : self.end])
        size = BUFFER
        if len(rest) >= HEADER_SIZE:
            size = max(size, HEADER_SIZE + self.check_size(_read_header(rest)[0]))
        if len(self.buffer) != size:
            self.buffer = bytearray(size)
            self.view = memoryview(self.buffer)
        self.view[: len(rest)] = rest
        self.begin, self.end = 0, len(rest)

    @staticmethod
    def check_size(length):
        if length > FRAME_LIMIT:
            raise WireError('a frame of %d bytes is over the limit of %d' % (length, FRAME_LIMIT))
        return length

    def parse(self):
        view, begin, end = self.view, self.begin, self.end
        append = self.pending.append
        while end - begin >= HEADER_SIZE:
            if end - begin >= 20:
                length, request_id, kind, flags, _, size, connection = _read_frame(view, begin)
            else:
                length, request_id, kind, flags, _ = _read_header(view, begin)
                size = connection = 0
            start = begin + HEADER_SIZE
            stop = start + length
            if stop > end:
                self.check_size(length)
                if stop - begin > len(view):
                    self.begin = begin
                    self.make_room()
                    return
                break
            begin = stop
            if kind == REQUEST:
                start += 8
                environ = loads(view[start : start + size])
                start += size
                if flags & BODY_STREAM:
                    body = self.stream = StreamBody(self, request_id)
                else:
                    body = bytes(view[start:stop]) if start < stop else b''
                append((request_id, environ, body, -connection if flags & QUIET else connection))
            elif kind == BODY:
                stream = self.stream
                if stream is not None and stream.request_id == request_id:
                    stream.feed(bytes(view[start:stop]), flags & END)
            elif kind == BODY_FAILED:
                stream = self.stream
                if stream is not None and stream.request_id == request_id:
                    stream.fail(bytes(view[start:stop]).decode('ascii', 'replace'))
            elif kind == FORGET:
                self.forgotten.extend(memoryview(bytes(view[start:stop])).cast('I'))
            else:
                raise WireError('frame type %d is not one the gateway sends' % kind)
        self.begin = begin

    # Writing, by the lane's own thread

    def flush(self):
        """Sends everything finished. Whoever appends while another sends relies on the sender looking again."""
        out = self.out
        while out:
            with self.writing:
                data = self.take_out()
                if data:
                    try:
                        self.socket.sendall(data)
                    except OSError as error:
                        raise LaneClosed(str(error)) from None
        if self.kept is not None and self.kept.end:
            self.kept.clear()

    def take_out(self):
        out = self.out
        count = len(out)
        if count == 1:
            return out.popleft()
        return b''.join([out.popleft() for _ in range(count)])

    def keep(self, frame):
        """A finished response will wait for others: a copy goes where it outlives this process."""
        if self.kept is not None and not self.kept.add(frame):
            self.flush()

    def tell_done(self, request_id, frame):
        """An answer stands on the peer's connection. Of a lone quick one the gateway hears from the peer first."""
        out = self.out
        quick = now() - self.begun < QUIET_NANOSECONDS and not self.slow_closes
        untold = self.spoken_of != request_id and (not out or self.may_wait())
        if self.alone and quick and untold and not self.pending:
            self.answered[self.index] = request_id
            self.quiet = frame
            out.append(frame)
            self.keep(frame)
        else:
            out.append(frame)
            if self.pending:
                self.keep(frame)

    def may_wait(self):
        """Whether nobody waits for what is in `out`."""
        try:
            return self.out[-1] is self.quiet and len(self.out) <= COMPANY
        except IndexError:
            return True  # the helper has just sent it

    def flush_unless_quiet(self):
        if self.out and not self.may_wait():
            self.flush()

    def send_large(self, parts):
        """Sends parts without joining them, after whatever waits."""
        with self.writing:
            data = self.take_out()
            if data:
                parts.insert(0, data)
            try:
                sent = self.socket.sendmsg(parts)
                for part in parts:
                    size = len(part)
                    if sent >= size:
                        sent -= size
                    elif sent:
                        self.socket.sendall(memoryview(part)[sent:])
                        sent = 0
                    else:
                        self.socket.sendall(part)
            except OSError as error:
                raise LaneClosed(str(error)) from None

    def inform(self, request_id, head):
        self.spoken_of = request_id
        self.out.append(_pack_header(len(head), request_id, INFORM, 0, len(head)) + head)
        self.flush()
