"""One lane: a thread's connection to the gateway. Reads requests, keeps them waiting, sends what responses produce.

Two threads touch a lane. Its own thread reads when it has nothing to do, runs the application and sends. The
helper thread (helm.py) gives back waiting requests and sends finished responses while the application is busy.
`reading` guards the buffer and the parser, `writing` the order of bytes on the socket; the deques between them
are atomic. Never the application's business: see engine.py.
"""

import threading
from collections import deque
from marshal import loads
from socket import MSG_DONTWAIT, MSG_PEEK, SHUT_RD
from struct import Struct

from . import frames
from .body import StreamBody
from .frames import BODY, BODY_FAILED, BODY_STREAM, END, FRAME_LIMIT, GAVE_BACK, HEADER_SIZE, INFORM, REQUEST, WireError

BUFFER = 65536
# Responses up to this size are copied into one packet with their neighbours; larger ones are sent from where they are.
SMALL = 16384
# Finished responses kept back for company while more requests wait on the lane.
COMPANY = 32
# How long the helper waits for a lane that is just parsing. A lane that reads longer has nothing to give back.
PARSING_SECONDS = 0.02

_read_frame = Struct('<IIBBHI').unpack_from
_read_header = frames.HEADER.unpack_from
_pack_header = frames.pack_header


class LaneClosed(Exception):
    """The gateway is gone, or has closed this lane."""


class Lane:
    def __init__(self, sock, index, body_files=None):
        self.socket = sock
        self.body_files = body_files
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

    # Reading

    def wait(self):
        """Blocks until a request waits; False when none will come any more."""
        pending = self.pending
        while not pending:
            self.idle = True
            try:
                if not self.fill(MSG_DONTWAIT if self.draining else 0):
                    return False
            except BlockingIOError:
                return False
            finally:
                self.idle = False
        return True

    def read_body(self):
        """Reads once more because the application wants its body; False when the gateway is gone."""
        if self.out:
            self.flush()
        return self.fill(0)

    def fill(self, flags):
        """Reads what the socket has and parses it; False at end of file. Raises BlockingIOError if told not to wait."""
        with self.reading:
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
            if end - begin >= 16:
                length, request_id, kind, flags, _, size = _read_frame(view, begin)
            else:
                length, request_id, kind, flags, _ = _read_header(view, begin)
                size = 0
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
                start += 4
                environ = loads(view[start : start + size])
                start += size
                if flags & BODY_STREAM:
                    body = self.stream = StreamBody(self, request_id)
                else:
                    body = bytes(view[start:stop]) if start < stop else b''
                append((request_id, environ, body))
            elif kind == BODY:
                stream = self.stream
                if stream is not None and stream.request_id == request_id:
                    stream.feed(bytes(view[start:stop]), flags & END)
            elif kind == BODY_FAILED:
                stream = self.stream
                if stream is not None and stream.request_id == request_id:
                    stream.fail(bytes(view[start:stop]).decode('ascii', 'replace'))
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
        self.out.append(_pack_header(len(head), request_id, INFORM, 0, len(head)) + head)
        self.flush()

    # The helper's side

    def flush_now(self):
        """Sends what can be sent without waiting; False if the socket is full and something is left."""
        out = self.out
        while out:
            if not self.writing.acquire(False):
                return True  # the lane's thread is sending and looks again
            try:
                items = [out.popleft() for _ in range(len(out))]
                data = b''.join(items)
                try:
                    sent = self.socket.send(data, MSG_DONTWAIT)
                except BlockingIOError:
                    sent = 0
                except OSError:
                    return True  # closed; the lane's thread will notice
                if sent < len(data):
                    rest = []
                    for item in items:
                        if sent < len(item):
                            rest.append(item[sent:])
                        sent = max(0, sent - len(item))
                    out.extendleft(reversed(rest))
                    return False
            finally:
                self.writing.release()
        return True

    def give_back(self):
        """Returns every request that has not started to the gateway.

        (True if all could be sent, numbers that must go by the helm because the lane's socket is full).
        """
        given = []
        if self.reading.acquire(timeout=PARSING_SECONDS):
            try:
                self.read_rest()
                while self.pending:
                    try:
                        last = self.pending[-1]
                        if last[2].__class__ is StreamBody and last[2].seen:
                            break  # part of its body was consumed; it can only run here
                        given.append(self.pending.pop()[0])
                    except IndexError:
                        break
            finally:
                self.reading.release()
        return self.send_given(given)

    def send_given(self, given):
        """Behind a response that a slow client takes, GAVE_BACK would wait with it: then it goes by the helm."""
        notes = [_pack_header(0, request_id, GAVE_BACK, 0, 0) for request_id in given]
        self.out.extend(notes)
        done = self.flush_now()
        stuck = [request_id for request_id, note in zip(given, notes) if self.out and self.withdraw(note)]
        return done, stuck

    def withdraw(self, note):
        """Takes a frame back that nobody has begun to send."""
        while True:
            try:
                self.out.remove(note)
                return True
            except ValueError:
                return False
            except (IndexError, RuntimeError):
                continue  # the lane's thread took something meanwhile

    def read_rest(self):
        """With `reading` held: takes in what the gateway has already sent."""
        while True:
            if self.begin == self.end:
                self.begin = self.end = 0
            elif self.end == len(self.buffer):
                self.make_room()
            try:
                count = self.socket.recv_into(self.view[self.end :], 0, MSG_DONTWAIT)
            except OSError:
                return
            if not count:
                return
            self.end += count
            self.parse()

    def cancel(self, request_id):
        """The client left. A waiting request is given back, a running one stops at its next chunk."""
        while True:
            try:
                waiting = [item for item in self.pending if item[0] == request_id]
                if waiting:
                    self.pending.remove(waiting[0])
                    return self.send_given([request_id])
                break
            except (RuntimeError, IndexError, ValueError):
                continue  # the lane's thread took one meanwhile
        response = self.response
        if response is not None and response.request_id == request_id:
            response.cancelled = True
        return self.flush_now(), []

    def drain(self):
        """Ends the lane once what it already has is done; wakes it if it is idle."""
        self.draining = True
        if self.idle:
            try:
                self.socket.recv(1, MSG_DONTWAIT | MSG_PEEK)
            except BlockingIOError:
                try:
                    self.socket.shutdown(SHUT_RD)
                except OSError:
                    pass
            except OSError:
                pass
