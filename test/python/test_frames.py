"""The frames that the gateway's tests read and write too (test/fixtures/frames/frames.json)."""

import json
import os
import unittest

from fake_gateway import ROOT
from postern_worker import frames
from postern_worker.body import StreamBody
from postern_worker.lane import Lane

with open(os.path.join(ROOT, 'test', 'fixtures', 'frames', 'frames.json'), encoding='utf-8') as file:
    SHARED = json.load(file)


def read_hex(text):
    return bytes.fromhex(text.replace(' ', ''))


class Feed:
    """A socket that has these bytes, in pieces of one size."""

    def __init__(self, data, piece):
        self.pieces = [data[at : at + piece] for at in range(0, len(data), piece)]

    def recv_into(self, view, _, flags):
        if not self.pieces:
            return 0
        piece = self.pieces.pop(0)
        view[: len(piece)] = piece
        return len(piece)


def write(heard):
    """The frame that says this."""
    kind, request_id, *rest = heard
    if kind in ('response', 'more'):
        end, cost, after = rest[-3:]
        flags = (frames.END if end else 0) | (frames.AFTER if after else 0) | cost << 3
        if kind == 'more':
            return frames.pack_frame(request_id, frames.MORE, flags, rest[0].encode())
        head, body = rest[0].encode(), rest[1].encode()
        return frames.pack_header(len(head) + len(body), request_id, frames.RESPONSE, flags, len(head)) + head + body
    if kind == 'abort':
        return frames.pack_abort(request_id, rest[0], frames.ANSWERED if rest[1] else 0)
    if kind == 'inform':
        head = rest[0].encode()
        return frames.pack_frame(request_id, frames.INFORM, 0, head, len(head))
    if kind == 'done':
        status, head_size, body_size, cost, _ = rest
        return frames.pack_done(request_id, frames.END | cost << 3, status, head_size, body_size)
    if kind == 'rest':
        return frames.pack_frame(request_id, frames.REST, 0, rest[0].encode('latin-1'))
    code = {'gave back': frames.GAVE_BACK, 'logvars': frames.LOGVARS, 'closed': frames.CLOSED}[kind]
    return frames.pack_frame(request_id, code, 0, rest[0].encode() if rest else b'')


class FramesTest(unittest.TestCase):
    def test_says_to_the_gateway_what_it_hears(self):
        for case in SHARED['toGateway']:
            with self.subTest(case['name']):
                self.assertEqual(write(case['heard']).hex(), read_hex(case['hex']).hex())

    def test_hears_requests_and_bodies_in_pieces_of_any_size(self):
        wire = b''.join(read_hex(case['hex']) for case in SHARED['toWorker'])
        for piece in (1, 2, 7, 16, 1000):
            lane = Lane(Feed(wire, piece), 0)
            while lane.fill(0):
                pass
            requests = [case['request'] for case in SHARED['toWorker'] if 'request' in case]
            self.assertEqual([item[0] for item in lane.pending], [request[0] for request in requests])
            for item, request in zip(lane.pending, requests):
                self.assertEqual(item[1], request[1])
                if request[2] is None:
                    self.assertIsInstance(item[2], StreamBody)
                else:
                    self.assertEqual(item[2], request[2].encode())
                self.assertEqual(item[3], request[3] if len(request) > 3 else 0)
            stream = [item[2] for item in lane.pending if isinstance(item[2], StreamBody)][0]
            self.assertEqual(b''.join(bytes(chunk) for chunk in stream.chunks), b'abcd')
            self.assertTrue(stream.complete)
            self.assertEqual(stream.failure, 'left')
            self.assertEqual(list(lane.forgotten), [9, 10])

    def test_costs_are_the_logarithm_of_microseconds(self):
        for micros, cost in ((0, 1), (1, 1), (3, 1), (4, 2), (1000, 9), (1 << 40, 31)):
            flags = frames.cost_flags(micros << 10)
            self.assertEqual((flags & 7, flags >> 3), (frames.END, cost), micros)

    def test_a_frame_may_be_as_large_as_the_limit(self):
        body = b'x' * (frames.FRAME_LIMIT - 8 - 2)
        wire = frames.pack_frame(1, frames.REQUEST, 0, frames.LENGTH.pack(2) + frames.LENGTH.pack(0) + b'{0' + body)
        lane = Lane(Feed(wire, 50000), 0)
        while lane.fill(0):
            pass
        self.assertEqual(lane.pending[0][2], body)
        over = frames.pack_header(frames.FRAME_LIMIT + 1, 1, frames.REQUEST, 0, 0) + b'\0' * 8
        with self.assertRaises(frames.WireError):
            Lane(Feed(over, 50), 0).fill(0)


if __name__ == '__main__':
    unittest.main()
