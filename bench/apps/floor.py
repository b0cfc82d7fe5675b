"""The floor: the application called in-process, without any server. Prints CPU microseconds per request.

floor.py FOLDER MODULE PATH SECONDS
"""
import importlib
import io
import sys
import time

folder, module, path, seconds = sys.argv[1:5]
sys.path.insert(0, folder)
application = importlib.import_module(module).application
environ = {
    'REQUEST_METHOD': 'GET', 'SCRIPT_NAME': '', 'PATH_INFO': path, 'QUERY_STRING': '', 'SERVER_NAME': 'localhost',
    'SERVER_PORT': '80', 'SERVER_PROTOCOL': 'HTTP/1.1', 'HTTP_HOST': 'localhost', 'REMOTE_ADDR': '127.0.0.1',
    'wsgi.version': (1, 0), 'wsgi.url_scheme': 'http', 'wsgi.errors': sys.stderr, 'wsgi.multithread': False,
    'wsgi.multiprocess': False, 'wsgi.run_once': False,
}


def start_response(status, headers, exc_info=None):
    if not status.startswith('200 '):
        sys.exit('the application answered %s' % status)


def once():
    request = dict(environ)
    request['wsgi.input'] = io.BytesIO()
    result = application(request, start_response)
    for _ in result:
        pass
    if hasattr(result, 'close'):
        result.close()


for _ in range(50):
    once()
count, began, end = 0, time.process_time(), time.perf_counter() + float(seconds)
while time.perf_counter() < end:
    once()
    count += 1
print((time.process_time() - began) / count * 1e6)
