"""JSON lines over a stream socket: the template channel and the helm. Knows nothing of what they say."""

import json
import threading

LINE_LIMIT = 4 << 20


class Channel:
    def __init__(self, sock):
        self.socket = sock
        self.rest = b''
        self.sending = threading.Lock()
        # Messages that came together with one that was waited for.
        self.early = []

    def tell(self, message):
        """Sends one message; a peer that is gone is noticed by the reader."""
        data = json.dumps(message).encode('ascii') + b'\n'
        try:
            with self.sending:
                self.socket.sendall(data)
        except OSError:
            pass

    def hear(self):
        """Blocks for bytes and returns the messages that are now complete; None at the end."""
        try:
            data = self.socket.recv(65536)
        except ConnectionError:
            return None
        if not data:
            return None
        lines = (self.rest + data).split(b'\n')
        self.rest = lines.pop()
        if len(self.rest) > LINE_LIMIT:
            raise ValueError('a line of more than %d bytes' % LINE_LIMIT)
        return [json.loads(line) for line in lines if line.strip()]
