"""The plain WSGI application of the benchmarks: what is measured is the server, so each path does almost nothing."""
import time

TEN_KIB = b'x' * 10240
ONE_MIB = b'x' * 1048576


def application(environ, start_response):
    path = environ['PATH_INFO']
    if path == '/':
        body = b'Hello World'
    elif path == '/10k':
        body = TEN_KIB
    elif path == '/1m':
        body = ONE_MIB
    elif path == '/slow':
        time.sleep(0.2)
        body = b'slow'
    elif path == '/upload':
        total, read = 0, environ['wsgi.input'].read
        while True:
            block = read(65536)
            if not block:
                break
            total += len(block)
        body = str(total).encode()
    else:
        start_response('404 Not Found', [('Content-Type', 'text/plain'), ('Content-Length', '0')])
        return []
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', str(len(body)))])
    return [body]
