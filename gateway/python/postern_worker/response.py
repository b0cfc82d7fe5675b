"""One response: what start_response, write() and the application's iterable may do, and in which frames it leaves.

The head is held back until the first non-empty chunk or the end, so that an error before that is a clean 500.
Knows its lane's sending side; PEP 3333 is the authority for every error raised here.
"""

from time import perf_counter_ns as now

from .direct import Answer, ClientLeft
from .frames import (
    ANSWERED, LOGVARS, MORE, PAYLOAD_LIMIT, RESPONSE, REST, cost_flags, pack_abort, pack_done, pack_frame, pack_header,
)  # fmt: skip
from .head import NO_LENGTH, render_head, render_hints
from .lane import SMALL

# Answers that have no body, whatever the application returns. 204 has no Content-Length either (head.py drops it).
BODILESS = frozenset((204, 304))


class ShortBody(Exception):
    """The application returned fewer bytes than its Content-Length says."""


class Response:
    __slots__ = (
        'lane', 'request_id', 'environ', 'head_only', 'code', 'head', 'length',
        'left', 'sent', 'ended', 'cancelled', 'notes', 'logvars', 'after', 'connection', 'fd', 'answer',
    )  # fmt: skip

    def __init__(self, lane, request_id, environ, connection=0, fd=None):
        self.lane = lane
        self.request_id = request_id
        self.environ = environ
        # Read before the application can change it.
        self.head_only = environ.get('REQUEST_METHOD') == 'HEAD'
        self.head = None
        self.sent = False
        self.ended = False
        self.cancelled = False
        self.notes = None
        self.logvars = None
        self.after = 0
        # The connection that may be answered on, 0: all goes by the lane. Its descriptor may still be on its way.
        self.connection = connection
        self.fd = fd
        self.answer = None

    def start_response(self, status, headers, exc_info=None):
        if exc_info:
            try:
                if self.sent:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
        elif self.head is not None:
            raise AssertionError('start_response was called twice without exc_info')
        self.code, self.head, self.length, dropped = render_head(status, headers)
        if dropped is not None:
            self.note(
                'dropped: ' + ', '.join(dropped),
                'the header %s belongs to the server and was dropped' % ', '.join(dropped),
            )
        return self.write

    def write(self, data):
        """The callable start_response returns: sent before it returns, as PEP 3333 asks."""
        if not isinstance(data, bytes):
            raise TypeError('write() takes bytes, not %s' % type(data).__name__)
        if data:
            self.send(data)
            self.lane.flush()

    def note(self, key, text):
        """Something to log once per application, when the request is done."""
        notes = self.notes or []
        if all(key != known for known, _ in notes):
            self.notes = notes + [(key, text)]

    def early_hints(self, headers):
        if not self.sent and not self.ended:
            self.lane.inform(self.request_id, render_hints(headers))

    def bodiless(self):
        return self.head_only or self.code in BODILESS

    # Sending

    def send_whole(self, body):
        """The response is complete and nothing of it was sent: one frame, kept for company if it is small."""
        head, length, size = self.head, self.length, len(body)
        if self.bodiless():
            if size and not self.head_only:
                self.note_body()
            if length == NO_LENGTH and self.head_only and size:
                head += b'Content-Length: %d\r\n' % size
            body = b''
            size = 0
        elif length == NO_LENGTH:
            head += b'Content-Length: %d\r\n' % size
        elif length < size:
            self.note_excess(length)
            body = body[:length]
        elif length > size:
            raise ShortBody('the body has %d bytes, Content-Length says %d' % (size, length))
        self.begin(head, body, True)

    def begin(self, head, body, end):
        """RESPONSE, with as much of the body as one frame carries."""
        self.sent = True
        head += b'\r\n'
        lane = self.lane
        if end:
            self.before_end()
        if self.connection and (lane.alone or not end or len(body) > SMALL) and self.find():
            lane.flush_unless_quiet()
            self.answer = answer = Answer(lane, self.fd, self.request_id)
            lane.answering[lane.index] = self.request_id
            answer.begin(head, body, end)
            if end:
                self.tell_done()
            else:
                # The gateway shall know that this one streams: nothing is put behind it.
                lane.spoken_of = self.request_id
                lane.out.append(pack_frame(self.request_id, REST))
                lane.flush()
        elif len(body) <= SMALL:
            payload = len(head) + len(body)
            frame = b''.join(
                (pack_header(payload, self.request_id, RESPONSE, self.end_flags(end), len(head)), head, body)
            )
            lane.out.append(frame)
            if end and lane.pending:
                lane.keep(frame)
        else:
            first = PAYLOAD_LIMIT - len(head)
            whole = len(body) <= first
            view = memoryview(body)
            part = view[:first]
            flags = self.end_flags(end and whole)
            parts = [pack_header(len(head) + len(part), self.request_id, RESPONSE, flags, len(head)), head, part]
            self.send_parts(parts, view, len(part), end)
        self.ended = end

    def find(self):
        if self.fd is None:
            self.fd = self.lane.find(self.connection)
        return self.fd is not None

    def tell_done(self):
        lane, answer = self.lane, self.answer
        frame = pack_done(self.request_id, self.end_flags(True), self.code, answer.head_size, answer.body_size)
        lane.tell_done(self.request_id, frame)

    def send_parts(self, parts, view, at, end):
        size = len(view)
        while at < size:
            stop = min(at + PAYLOAD_LIMIT, size)
            parts.append(pack_header(stop - at, self.request_id, MORE, self.end_flags(end and stop == size), 0))
            parts.append(view[at:stop])
            at = stop
            if len(parts) > 64:
                self.lane.send_large(parts)
                parts = []
        if parts:
            self.lane.send_large(parts)

    def send(self, chunk):
        """One non-empty chunk of a body whose end is not known, unless Content-Length says it is reached."""
        if self.cancelled:
            raise ClientLeft
        if not self.sent:
            if self.head is None:
                raise AssertionError('the application returned a body without having called start_response')
            self.left = self.length
            if self.bodiless():
                if not self.head_only:
                    self.note_body()
                self.begin(self.head, b'', True)
                return
            if self.left != NO_LENGTH:
                chunk = self.count(chunk)
            self.begin(self.head, chunk, self.left == 0)
            return
        if self.ended:
            if not self.bodiless():
                self.note_excess(self.length)
            return
        if self.left != NO_LENGTH:
            chunk = self.count(chunk)
        end = self.left == 0
        if end:
            self.before_end()
        if self.answer is not None:
            self.answer.more(chunk, end)
            if end:
                self.tell_done()
        elif len(chunk) <= SMALL:
            self.lane.out.append(pack_frame(self.request_id, MORE, self.end_flags(end), chunk))
        else:
            self.send_parts([], memoryview(chunk), 0, end)
        self.ended = end

    def count(self, chunk):
        if len(chunk) > self.left:
            self.note_excess(self.length)
            chunk = chunk[: self.left]
        self.left -= len(chunk)
        return chunk

    def finish(self):
        """The application has nothing more to say."""
        if self.ended:
            return
        if not self.sent:
            if self.head is None:
                raise AssertionError('the application ended without having called start_response')
            self.send_whole(b'')
            return
        if self.left > 0:
            raise ShortBody('the body ended %d bytes before its Content-Length of %d' % (self.left, self.length))
        self.before_end()
        if self.answer is not None:
            self.answer.more(b'', True)
            self.tell_done()
        else:
            self.lane.out.append(pack_frame(self.request_id, MORE, self.end_flags(True)))
        self.ended = True

    def end_flags(self, end):
        return cost_flags(now() - self.lane.begun) | self.after if end else 0

    def before_end(self):
        if self.logvars:
            import json

            text = json.dumps(self.logvars).encode('utf-8')
            self.lane.out.append(pack_frame(self.request_id, LOGVARS, 0, text))
            self.logvars = None

    def abort(self, reason):
        """The response cannot be completed. Nothing sent yet: the gateway answers 500; else it breaks the connection."""
        if not self.ended:
            self.ended = True
            lane = self.lane
            begun = self.fd is not None and lane.answering[lane.index] == self.request_id
            lane.out.append(pack_abort(self.request_id, reason, ANSWERED if begun else 0))

    def note_excess(self, length):
        self.note(
            'content-length', 'the body is longer than its Content-Length of %d; the excess was not sent' % length
        )

    def note_body(self):
        self.note('bodiless', 'a %d response has no body; what the application returned was dropped' % self.code)


