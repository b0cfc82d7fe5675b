"""Behaves as its query says and remembers what ran: `?n=<number>&do=<behaviour>`."""

import threading
import time
from urllib.parse import parse_qs

RAN = []
CLOSED = []
LOCK = threading.Lock()


class Body:
    def __init__(self, number, chunks, slow):
        self.number, self.chunks, self.slow = number, iter(chunks), slow

    def __iter__(self):
        return self.chunks

    def close(self):
        if self.slow:
            time.sleep(0.004)
        with LOCK:
            CLOSED.append(self.number)


def application(environ, start_response):
    if environ['PATH_INFO'] == '/facts':
        start_response('200 OK', [])
        with LOCK:
            return [repr((sorted(RAN), sorted(CLOSED))).encode()]
    query = {key: values[0] for key, values in parse_qs(environ['QUERY_STRING']).items()}
    number, do = int(query['n']), query['do']
    with LOCK:
        RAN.append(number)
    if do == 'sleep':
        time.sleep(0.003)
    if do == 'raise':
        raise ValueError(number)
    if do == 'read':
        body = environ['wsgi.input'].read()
        start_response('200 OK', [])
        return [b'%d %d' % (number, len(body))]
    start_response('200 OK', [('X-Number', str(number))])
    if do == 'large':
        return [b'%08d' % number * 20000]
    if do in ('stream', 'close'):
        return Body(number, [b'%d ' % number] * 20, do == 'close')
    if do == 'late':
        return Body(number, late(number), False)
    return [b'%d' % number]


def late(number):
    yield b'%d ' % number
    raise KeyError(number)
