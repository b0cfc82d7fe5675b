"""Applications that wait for files to appear, for tests of what happens meanwhile. `?wait=path` `?touch=path`."""

import atexit
import os
import threading
import time
from urllib.parse import parse_qs

RAN = []


def wait_for(path, seconds=20):
    deadline = time.monotonic() + seconds
    while not os.path.exists(path):
        if time.monotonic() > deadline:
            raise TimeoutError(path)
        time.sleep(0.002)


def touch(path):
    open(path, 'w').close()


if 'TOUCH_AT_EXIT' in os.environ:
    atexit.register(touch, os.environ['TOUCH_AT_EXIT'])


class Closing:
    def __init__(self, chunks, wait):
        self.chunks, self.wait = iter(chunks), wait

    def __iter__(self):
        return self.chunks

    def close(self):
        touch(self.wait + '.closing')
        wait_for(self.wait)


def application(environ, start_response):
    query = {key: values[0] for key, values in parse_qs(environ['QUERY_STRING']).items()}
    path = environ['PATH_INFO']
    RAN.append(path)
    headers = [('Content-Type', 'text/plain')]
    if path == '/ran':
        start_response('200 OK', headers)
        return [' '.join(RAN).encode()]
    if path == '/facts':
        start_response('200 OK', headers)
        facts = (environ['wsgi.multithread'], environ['wsgi.multiprocess'], threading.current_thread().name)
        return [repr(facts).encode()]
    if path == '/fork':
        return fork_child(start_response, headers)
    if path == '/die':
        os._exit(9)
    if 'touch' in query:
        touch(query['touch'])
    if path == '/close':
        start_response('200 OK', headers + [('Content-Length', '4')])
        return Closing([b'done'], query['wait'])
    if path == '/stream':
        start_response('200 OK', headers)
        return stream(query['wait'])
    if path == '/flood':
        start_response('200 OK', headers)
        return [b'x' * int(query['size'])]
    if 'wait' in query:
        wait_for(query['wait'])
    start_response('200 OK', headers)
    return [path.encode()]


def stream(wait):
    try:
        yield b'first'
        for _ in range(100000):
            time.sleep(0.002)
            yield b'more'
    finally:
        touch(wait)


def fork_child(start_response, headers):
    """A child of the application's own: must end at SIGTERM and hold none of the worker's connections."""
    import signal

    pid = os.fork()
    if pid == 0:
        time.sleep(60)
        os._exit(0)
    os.kill(pid, signal.SIGTERM)
    _, status = os.waitpid(pid, 0)
    start_response('200 OK', headers)
    return [str(os.WTERMSIG(status)).encode()]
