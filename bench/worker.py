"""CPU per request of one worker alone: a synthetic gateway sends prepared frames and counts the answers.

python3 bench/worker.py [depth ...]: microseconds of user+system time of the worker process per request (the best of five rounds).
"""

import marshal
import os
import struct
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'test', 'python'))

from fake_gateway import FakeGateway, FakeLane, environ  # noqa: E402

from postern_worker import frames  # noqa: E402

HELLO = """
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'Hello World']
"""
PLAIN = """
class application:
    def __init__(self, environ, start_response):
        start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '11')])
    def __iter__(self):
        yield b'Hello World'
    def close(self):
        pass
"""
# What nginx sends for a browser's request.
BROWSER = environ(
    '/hello',
    HTTP_USER_AGENT='Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
    HTTP_ACCEPT='text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    HTTP_ACCEPT_ENCODING='gzip, deflate, br',
    HTTP_ACCEPT_LANGUAGE='en-US,en;q=0.5',
    HTTP_COOKIE='sessionid=abcdefghijklmnopqrstuvwxyz012345; csrftoken=ABCDEFGHIJKLMNOPQRSTUVWXYZ012345',
    DOCUMENT_ROOT='/srv/site',
    REMOTE_PORT='40000',
    CONTENT_TYPE='',
    CONTENT_LENGTH='',
)
ROUNDS = 5
REQUESTS = 20000


def cpu_ns(pid):
    with open('/proc/%d/schedstat' % pid) as facts:
        return int(facts.read().split()[0])


def measure(source, depth, python=sys.executable):
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, 'benchapp.py'), 'w') as file:
            file.write(source)
        FakeLane.read = lambda self: None
        with FakeGateway(python=python, module='benchapp', chdir=folder) as gateway:
            worker = gateway.fork()
            sock = worker.lanes[0].socket
            payload = marshal.dumps(BROWSER, 2)
            payload = struct.pack('<I', len(payload)) + payload
            request_id, results = 0, []
            for _ in range(ROUNDS):
                before = cpu_ns(worker.pid)
                for _ in range(REQUESTS // depth):
                    batch = []
                    for _ in range(depth):
                        request_id += 1
                        batch.append(frames.pack_frame(request_id, frames.REQUEST, 0, payload))
                    sock.sendall(b''.join(batch))
                    ended, data = 0, b''
                    while ended < depth:
                        data += sock.recv(1 << 18)
                        at = 0
                        while len(data) - at >= 12:
                            length, _, _, flags, _ = frames.HEADER.unpack_from(data, at)
                            if len(data) - at < 12 + length:
                                break
                            at += 12 + length
                            ended += flags & frames.END
                        data = data[at:]
                results.append((cpu_ns(worker.pid) - before) / 1000 / REQUESTS)
    return min(results)


if __name__ == '__main__':
    depths = [int(text) for text in sys.argv[1:]] or [1, 4, 8]
    for name, source in (('hello, a list', HELLO), ('iterable with close()', PLAIN)):
        for depth in depths:
            print('%-24s depth %2d  %5.2f µs' % (name, depth, measure(source, depth)))
