"""Many requests of every kind, given back and cancelled at random: each ends exactly once, and runs at most once."""

import ast
import os
import random
import unittest

from fake_gateway import PATIENCE, FakeGateway, environ
from postern_worker import frames

KINDS = ['fast'] * 8 + ['sleep', 'raise', 'large', 'stream', 'close', 'late', 'read']
REQUESTS = int(os.environ.get('POSTERN_TEST_CHAOS', '1500'))
SEED = int(os.environ.get('POSTERN_TEST_SEED', '7'))


class ChaosTest(unittest.TestCase):
    def test_every_request_ends_once_and_runs_at_most_once(self):
        dice = random.Random(SEED)
        with FakeGateway(module='chaos', threads=3) as gateway:
            worker = gateway.fork()
            lanes = [worker.lanes[index] for index in range(3)]
            asked = []
            self.given_by_helm = set()
            while len(asked) < REQUESTS:
                index = dice.randrange(3)
                lane = lanes[index]
                batch = []
                for _ in range(dice.randrange(1, 12)):
                    number, do = len(asked), dice.choice(KINDS)
                    body = b'b' * dice.randrange(1000) if do == 'read' else b''
                    found = environ('/x', 'POST' if body else 'GET', 'n=%d&do=%s' % (number, do))
                    data, answer = lane.pack(found, body)
                    asked.append((number, do, len(body), lane, answer))
                    batch.append(data)
                packet = b''.join(batch)
                cut = dice.randrange(len(packet))
                lane.socket.sendall(packet[:cut])
                lane.socket.sendall(packet[cut:])
                if dice.random() < 0.5:
                    worker.helm.tell({'give_back': index})
                if dice.random() < 0.5:
                    victim = dice.choice(asked[-20:])
                    worker.helm.tell({'cancel': lanes.index(victim[3]), 'id': victim[4].id})
                # Not more than a gateway would have on its lanes.
                if len(asked) > 60:
                    for old in asked[-60:-50]:
                        self.wait(worker, lanes, old[3], old[4])
            for number, do, size, lane, answer in asked:
                self.wait(worker, lanes, lane, answer)
            ran, closed = ast.literal_eval(lanes[0].request(environ('/facts')).wait().body.decode())
            self.assertEqual(len(ran), len(set(ran)), 'nothing runs twice')
            outcomes = {}
            for number, do, size, lane, answer in asked:
                given = answer.gave_back or (lanes.index(lane), answer.id) in self.given_by_helm
                outcome = self.judge(number, do, size, answer, given)
                outcomes[outcome] = outcomes.get(outcome, 0) + 1
                self.assertEqual(number in set(ran), not given, (number, do, answer.frames))
            self.assertEqual(
                closed, sorted(n for n, do, _, _, _ in asked if n in set(ran) and do in ('stream', 'close', 'late'))
            )
            for outcome in ('whole', 'given back', 'failed'):
                self.assertGreater(outcomes.get(outcome, 0), 10, outcomes)

    def wait(self, worker, lanes, lane, answer):
        tries = 0
        while not answer.done.wait(0.005):
            while not worker.helm.messages.empty():
                message = worker.helm.messages.get()
                for request_id in message.get('ids', ()):
                    self.given_by_helm.add((message['gave_back'], request_id))
            if (lanes.index(lane), answer.id) in self.given_by_helm:
                return
            tries += 1
            self.assertLess(tries, PATIENCE * 200, answer.frames)

    def judge(self, number, do, size, answer, given):
        """What became of a request; asserts that what came is right."""
        ends = sum(
            kind in (frames.ABORT, frames.GAVE_BACK) or kind in (frames.RESPONSE, frames.MORE) and bool(flags & frames.END)
            for kind, flags, _ in answer.frames
        )
        if given:
            self.assertLessEqual(ends, 1)
            self.assertIsNone(answer.head)
            return 'given back'
        self.assertEqual(ends, 1, (do, answer.frames))
        if answer.aborted is not None:
            self.assertIn(do, ('raise', 'late', 'stream', 'close'))
            if do == 'raise':
                self.assertIsNone(answer.head)
            return 'cancelled' if answer.aborted == 'the client left' else 'failed'
        self.assertTrue(answer.ended)
        text = b'%d' % number
        expected = {
            'large': b'%08d' % number * 20000,
            'stream': (text + b' ') * 20,
            'close': (text + b' ') * 20,
            'read': b'%d %d' % (number, size),
        }.get(do, text)
        self.assertEqual(answer.body, expected)
        return 'whole'


if __name__ == '__main__':
    unittest.main()
