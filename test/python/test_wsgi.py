"""Every conformance case that concerns the worker, against a real worker process and a gateway in Python."""

import hashlib
import json
import os
import re
import sys
import unittest

from fake_gateway import APPS, ROOT, FakeGateway, environ
from postern_worker import frames

CONFORMANCE = os.path.join(ROOT, 'test', 'conformance')
with open(os.path.join(ROOT, 'test', 'fixtures', 'conformance', 'cases.json'), encoding='utf-8') as file:
    CASES = json.load(file)

# Decided before the worker sees the request: by the protocols.
ELSEWHERE = re.compile('http-|leave|early-hints|environ-|environ$|path-|secrets$|continue-unread')


def make_environ(request):
    path = request['path'].partition('?')[0]
    found = environ(path, request.get('method', 'GET'))
    body = body_of(request)
    if body is not None and not request.get('chunked'):
        found['CONTENT_LENGTH'] = str(len(body))
    for name, value in request.get('headers', ()):
        found['HTTP_' + name.upper().replace('-', '_')] = value
    if request.get('expect'):
        found['HTTP_EXPECT'] = '100-continue'
    return found


def body_of(request):
    if 'bodySize' in request:
        return b'x' * request['bodySize']
    return request['body'].encode('latin-1') if 'body' in request else None


class Conformance:
    """Runs the cases; subclasses say how requests reach the worker."""

    module = 'app'

    @classmethod
    def setUpClass(cls):
        cls.gateway = FakeGateway(module=cls.module, chdir=CONFORMANCE, pythonpath=[CONFORMANCE, APPS])
        cls.worker = cls.gateway.fork()
        cls.lane = cls.worker.lanes[0]

    @classmethod
    def tearDownClass(cls):
        cls.gateway.close()

    def ask(self, request):
        body = body_of(request)
        found = make_environ(request)
        stream = request.get('chunked') or request.get('expect') or request.get('cutAt') or self.streams(body)
        if body is None or not stream:
            return self.lane.request(found, body or b'').wait()
        if 'cutAt' in request:
            found['CONTENT_LENGTH'] = str(request['cutAt'])
        flags = frames.BODY_STREAM | (frames.CHUNKED if request.get('chunked') else 0)
        answer = self.lane.request(found, stream=flags)
        for at in range(0, len(body), 50000):
            self.lane.body(answer, body[at : at + 50000])
        if 'cutAt' in request:
            self.lane.fail_body(answer, 'the client left')
        else:
            self.lane.body(answer, b'', end=True)
        return answer.wait()

    def streams(self, body):
        return body is not None and len(body) > 16384

    def check(self, case):
        request, expect = case['request'], case['expect']
        for _ in range(request.get('repeat', 1)):
            answer = self.ask(request)
        if expect.get('visible') or expect.get('cutRequest'):
            self.assertIsNotNone(answer.aborted)
        elif expect.get('status') == 500 and 'body' not in expect:
            self.assertIsNone(answer.head)
            self.assertIsNotNone(answer.aborted)
        else:
            self.assertIsNone(answer.aborted)
            self.assertTrue(answer.ended)
            self.check_answer(answer, expect)
        for hidden in expect.get('hides', ()):
            self.assertNotIn(hidden.encode(), (answer.head or b'') + answer.body)
        if 'state' in expect:
            name = request['path'].split('/')[2]
            state = self.lane.request(environ('/state/' + name)).wait()
            self.assertEqual(json.loads(state.body), expect['state'])
        if 'log' in expect:
            self.assertIn(expect['log'], self.gateway.log())

    def check_answer(self, answer, expect):
        self.assertEqual(int(answer.status[:3]), expect['status'])
        self.assertRegex(answer.status, r'^\d{3} .+')
        for name, value in expect.get('headers', {}).items():
            found = [text for key, text in answer.headers if key.lower() == name]
            if isinstance(value, dict):
                self.assertNotIn(value['not'], found)
            else:
                self.assertEqual(found, [] if value is None else value if isinstance(value, list) else [value])
        if 'body' in expect:
            self.assertEqual(answer.body, expect['body'].encode('latin-1'))
        if 'size' in expect:
            self.assertEqual(len(answer.body), expect['size'])
        if 'sha1' in expect:
            self.assertEqual(hashlib.sha1(answer.body).hexdigest(), expect['sha1'])
        if 'json' in expect:
            self.assertEqual(json.loads(answer.body), expect['json'])
        if 'jsonHas' in expect:
            found = json.loads(answer.body)
            self.assertEqual({key: found[key] for key in expect['jsonHas']}, expect['jsonHas'])


def add(case, cls):
    def test(self):
        self.check(case)

    test.__doc__ = case['claim']
    setattr(cls, 'test_' + case['name'].replace('-', '_'), test)


class WsgiTest(Conformance, unittest.TestCase):
    pass


class StreamedTest(Conformance, unittest.TestCase):
    """The same bodies in BODY frames, however small."""

    def streams(self, body):
        return body is not None


class CrowdedTest(Conformance, unittest.TestCase):
    """Every case in one packet with correct requests before and behind it, which it must not harm."""

    def ask(self, request):
        body = body_of(request)
        if request.get('chunked') or request.get('expect') or request.get('cutAt') or self.streams(body):
            return super().ask(request)
        packed = [self.lane.pack(environ('/c/hello')) for _ in range(2)]
        packed.append(self.lane.pack(make_environ(request), body or b''))
        packed += [self.lane.pack(environ('/c/chunks')), self.lane.pack(environ('/c/hello', 'HEAD'))]
        self.lane.socket.sendall(b''.join(data for data, _ in packed))
        first, second, answer, chunks, head = [answer.wait() for _, answer in packed]
        self.assertEqual((first.body, second.body, chunks.body), (b'hello', b'hello', b'one two three'))
        self.assertEqual((head.body, head.header('Content-Length')), (b'', '5'))
        return answer


class ValidatedTest(Conformance, unittest.TestCase):
    """Under wsgiref.validate, which checks the server's side as strictly; `invalid` says whose applications it refuses."""

    module = 'validated'

    def check(self, case):
        before = len(self.gateway.log())
        super().check(case)
        self.assertNotIn('AssertionError', self.gateway.log()[before:])


for case in CASES:
    if not ELSEWHERE.match(case['name']):
        add(case, WsgiTest)
        if case['name'] != 'chunks':  # counts what its neighbours close
            add(case, CrowdedTest)
        if body_of(case['request']):
            add(case, StreamedTest)
        if 'invalid' not in case:
            add(case, ValidatedTest)


if __name__ == '__main__':
    sys.exit(unittest.main())
