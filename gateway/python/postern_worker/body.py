"""wsgi.input of a request whose body arrives in frames. The buffered file API around it is io.BufferedReader's own.

Knows its lane's `fill` (read more frames) and nothing of sockets.
"""

import io
from collections import deque


BUFFER = 65536


class StreamBody(io.RawIOBase):
    """The raw side: hands out what BODY frames brought, and reads the lane for more when the application asks."""

    def __init__(self, lane, request_id):
        self.lane = lane
        self.request_id = request_id
        self.chunks = deque()
        self.complete = False
        self.failure = None
        self.seen = False
        self.expects = False
        self.over = False

    def readable(self):
        return True

    def feed(self, payload, end):
        """Called by the lane for a BODY frame."""
        self.seen = True
        if payload:
            self.chunks.append(memoryview(payload))
        if end:
            self.complete = True

    def fail(self, reason):
        """Called by the lane for a BODY_FAILED frame."""
        self.seen = True
        self.failure = reason

    def readinto(self, target):
        chunks = self.chunks
        while not chunks:
            if self.failure is not None:
                raise OSError('the request body is incomplete: %s' % self.failure)
            if self.complete:
                return 0
            if self.over:
                raise OSError('the request is over, its body can no longer be read')
            if self.expects:
                # Nothing has arrived and the client waits for permission: now, and only now, it is wanted.
                self.expects = False
                if not self.seen:
                    self.lane.inform(self.request_id, b'100 Continue\r\n\r\n')
            if not self.lane.read_body():
                self.failure = 'the gateway is gone'
        chunk = chunks[0]
        size = min(len(chunk), len(target))
        target[:size] = chunk[:size]
        if size == len(chunk):
            chunks.popleft()
        else:
            chunks[0] = chunk[size:]
        return size


def open_stream(stream, environ):
    """The wsgi.input of a streamed body."""
    stream.expects = environ.get('HTTP_EXPECT', '').lower() == '100-continue'
    return io.BufferedReader(stream, BUFFER)


def end_stream(stream):
    """The response is complete: late readers get an error, the lane skips what still arrives."""
    stream.over = True
    stream.chunks.clear()


