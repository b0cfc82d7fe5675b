"""Two threads read one lane: what one has parsed, the other must not wait for."""

import os
import socket
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'gateway', 'python'))

from postern_worker import frames  # noqa: E402
from postern_worker.body import StreamBody  # noqa: E402
from postern_worker.lane import Lane  # noqa: E402

SECONDS = 5


class Races(unittest.TestCase):
    def setUp(self):
        self.gateway, mine = socket.socketpair()
        self.lane = Lane(mine, 0)
        self.addCleanup(self.gateway.close)
        self.addCleanup(mine.close)

    def while_the_helper_reads(self, act):
        """`act` runs in the lane's thread and comes for the lock that the helper holds; the helper reads everything."""
        result = []
        self.lane.reading.acquire()
        thread = threading.Thread(target=lambda: result.append(act()), daemon=True)
        thread.start()
        while not self.lane.idle and thread.is_alive() and not self.waits(thread):
            pass
        self.lane.read_rest()
        self.lane.reading.release()
        thread.join(SECONDS)
        self.assertFalse(thread.is_alive(), 'it waits for what was read already')
        return result[0]

    def waits(self, thread):
        frame = sys._current_frames().get(thread.ident)
        return frame is not None and frame.f_code.co_name == 'fill'

    def test_a_body_that_the_helper_has_read(self):
        body = self.lane.stream = StreamBody(self.lane, 1)
        self.gateway.sendall(frames.pack_frame(1, frames.BODY, frames.END, b'whole'))
        self.assertEqual(self.while_the_helper_reads(lambda: bytes(body.read(100))), b'whole')

    def test_a_request_that_the_helper_has_read(self):
        environ = b'{0'
        payload = frames.LENGTH.pack(len(environ)) + frames.LENGTH.pack(0) + environ
        self.gateway.sendall(frames.pack_frame(1, frames.REQUEST, frames.BODY_STREAM, payload))
        self.assertTrue(self.while_the_helper_reads(self.lane.wait))

    def test_a_request_with_a_stream_body_is_not_given_back(self):
        environ = b'{0'
        payload = frames.LENGTH.pack(len(environ)) + frames.LENGTH.pack(0) + environ
        self.gateway.sendall(frames.pack_frame(1, frames.REQUEST, frames.BODY_STREAM, payload))
        self.lane.give_back()
        self.assertEqual(len(self.lane.pending), 1)


if __name__ == '__main__':
    unittest.main()
