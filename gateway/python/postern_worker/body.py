"""wsgi.input of a request whose body arrives in frames, or lies in a file that nginx has written. The buffered file API
around both is io.BufferedReader's own.

Knows its lane's `fill` (read more frames) and nothing of sockets.
"""

import io
import os
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

    def has_news(self):
        return bool(self.chunks) or self.complete or self.failure is not None

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
            if not self.lane.read_body(self):
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




class FileBody(io.FileIO):
    """A body that nginx has on disk: what is missing of the promised length is an error, not an early end."""

    def __init__(self, descriptor, length):
        super().__init__(descriptor, 'rb')
        self.left = length

    def readinto(self, target):
        size = super().readinto(memoryview(target)[: self.left])
        if not size and self.left and len(target):
            raise OSError('the request body is incomplete: its file ends %d bytes too early' % self.left)
        self.left -= size
        return size

    def readall(self):
        rest = bytearray(self.left)
        filled = 0
        while filled < len(rest):
            filled += self.readinto(memoryview(rest)[filled:])
        return bytes(rest)


class NoBody(io.RawIOBase):
    """A body that cannot be had: reading it says why."""

    def __init__(self, reason):
        self.reason = reason

    def readable(self):
        return True

    def readinto(self, target):
        raise OSError('the request body cannot be read: %s' % self.reason)


SHARE = (
    'nginx and the gateway must share this folder, and the gateway be root or nginx\'s user; '
    "otherwise say all: { uploads: 'buffer' } in the site file"
)


def open_file(environ, folder):
    """The wsgi.input of POSTERN_BODY_FILE. Only files directly or deeper in `folder` are opened, whoever asks."""
    path = environ.pop('POSTERN_BODY_FILE')
    if folder is None:
        return io.BufferedReader(NoBody('the option body-files is not set'))
    if not os.path.isabs(path):
        # nginx with a relative prefix (`nginx -p .`): relative to its working directory, not to ours.
        path = os.path.join(folder, os.path.basename(path))
    if not os.path.realpath(path).startswith(os.path.realpath(folder) + os.sep):
        return io.BufferedReader(NoBody('its file is not in the folder of body-files'))
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError as error:
        return io.BufferedReader(NoBody('%s: %s. %s' % (path, error.strerror, SHARE)))
    return io.BufferedReader(FileBody(descriptor, int(environ.get('CONTENT_LENGTH') or 0)), BUFFER)
