"""The applications of the conformance cases: one WSGI callable, a behaviour for each case, `/c/<name>` calls it.

Correct and incorrect applications alike. `/state/<name>` tells what an earlier case left behind (closes, errors it saw).
Standard library only; runs under any WSGI server.
"""

import hashlib
import io
import json
import os
import sys
import tempfile
import threading
import time

BEHAVIOURS = {}
STATE = {}
TEXT = [('Content-Type', 'text/plain')]
FILE = os.path.join(tempfile.gettempdir(), 'conformance-%d.bin' % os.getuid())
FILE_BYTES = bytes(range(256)) * 1024


def case(name):
    def register(function):
        BEHAVIOURS[name] = function
        return function

    return register


def count(name, key, by=1):
    facts = STATE.setdefault(name, {})
    facts[key] = facts.get(key, 0) + by


def keep(name, key, value):
    STATE.setdefault(name, {})[key] = value


class Body:
    """An iterable that counts its close()."""

    def __init__(self, name, chunks):
        self.name = name
        self.chunks = iter(chunks)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.chunks)

    def close(self):
        count(self.name, 'closes')


def answer_json(start_response, value, status='200 OK'):
    body = json.dumps(value, sort_keys=True).encode('ascii')
    start_response(status, [('Content-Type', 'application/json'), ('Content-Length', str(len(body)))])
    return [body]


def application(environ, start_response):
    path = environ.get('PATH_INFO', '')
    parts = path.split('/', 3)
    if len(parts) > 2 and parts[1] == 'state':
        return answer_json(start_response, STATE.get(parts[2], {}))
    behaviour = BEHAVIOURS.get(parts[2]) if len(parts) > 2 and parts[1] == 'c' else None
    if behaviour is None:
        start_response('404 Not Found', TEXT)
        return [b'no such case\n']
    return behaviour(environ, start_response)


# Responses


@case('hello')
def hello(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '5')])
    return [b'hello']


@case('no-length')
def no_length(environ, start_response):
    start_response('200 OK', TEXT)
    return [b'hello']


@case('chunks')
def chunks(environ, start_response):
    start_response('200 OK', TEXT)
    return Body('chunks', [b'one ', b'', b'two ', b'three'])


@case('tuple-body')
def tuple_body(environ, start_response):
    start_response('200 OK', TEXT)
    return (b'one ', b'two')


@case('empty-list')
def empty_list(environ, start_response):
    start_response('200 OK', TEXT)
    return []


@case('empty-chunks')
def empty_chunks(environ, start_response):
    start_response('200 OK', TEXT)
    return [b'', b'', b'']


@case('generator')
def generator(environ, start_response):
    start_response('201 Created', [('X-Lazy', 'no'), ('Content-Type', 'text/plain')])
    yield b'from '
    yield b'a generator'


@case('lazy-generator')
def lazy_generator(environ, start_response):
    yield b''
    start_response('202 Accepted', [('X-Lazy', 'yes'), ('Content-Type', 'text/plain')])
    yield b'late'


@case('class-app')
class ClassApp:
    def __init__(self, environ, start_response):
        self.start_response = start_response

    def __iter__(self):
        self.start_response('200 OK', TEXT)
        yield b'instance'

    def close(self):
        count('class-app', 'closes')


@case('write')
def use_write(environ, start_response):
    write = start_response('200 OK', TEXT)
    write(b'written ')
    write(b'')
    write(b'twice ')
    return [b'and returned']


@case('write-only')
def write_only(environ, start_response):
    write = start_response('200 OK', TEXT)
    write(b'only written')
    return []


@case('write-length')
def write_length(environ, start_response):
    write = start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '10')])
    write(b'01234')
    return [b'56789']


@case('large')
def large(environ, start_response):
    start_response('200 OK', [('Content-Type', 'application/octet-stream'), ('Content-Length', str(1 << 20))])
    return [b'x' * (1 << 20)]


@case('large-stream')
def large_stream(environ, start_response):
    start_response('200 OK', [('Content-Type', 'application/octet-stream')])
    return Body('large-stream', (bytes([65 + n % 26]) * 65536 for n in range(64)))


@case('no-reason')
def no_reason(environ, start_response):
    start_response('404', TEXT)
    return [b'gone']


@case('own-reason')
def own_reason(environ, start_response):
    start_response('299 Quite Fine', TEXT)
    return [b'ok']


@case('latin1-header')
def latin1_header(environ, start_response):
    start_response('200 OK', TEXT + [('X-Name', 'caf\xe9')])
    return [b'ok']


@case('tab-header')
def tab_header(environ, start_response):
    start_response('200 OK', TEXT + [('X-Tab', 'a\tb')])
    return [b'ok']


@case('set-cookies')
def set_cookies(environ, start_response):
    start_response('200 OK', TEXT + [('Set-Cookie', 'a=1'), ('Set-Cookie', 'b=2')])
    return [b'ok']


@case('empty-header')
def empty_header(environ, start_response):
    start_response('200 OK', TEXT + [('X-Empty', '')])
    return [b'ok']


@case('many-headers')
def many_headers(environ, start_response):
    start_response('200 OK', TEXT + [('X-Header-%d' % n, 'v' * 40) for n in range(60)])
    return [b'ok']


@case('redirect')
def redirect(environ, start_response):
    start_response('302 Found', TEXT + [('Location', '/elsewhere'), ('Content-Length', '0')])
    return [b'']


# HEAD and bodiless answers


@case('head-length')
def head_length(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '1000')])
    return Body('head-length', [b'x' * 1000])


@case('head-streams')
def head_streams(environ, start_response):
    start_response('200 OK', TEXT)
    return Body('head-streams', (b'x' * 1000 for _ in range(100)))


@case('head-empty')
def head_empty(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '1000')])
    return []


@case('status-204')
def status_204(environ, start_response):
    start_response('204 No Content', [('X-Kept', 'yes')])
    return []


@case('status-204-body')
def status_204_body(environ, start_response):
    start_response('204 No Content', [('Content-Length', '9')])
    return [b'unwelcome']


@case('status-304')
def status_304(environ, start_response):
    start_response('304 Not Modified', [('ETag', '"abc"')])
    return []


@case('status-304-body')
def status_304_body(environ, start_response):
    start_response('304 Not Modified', [('ETag', '"abc"')])
    return [b'unwelcome']


@case('status-100')
def status_100(environ, start_response):
    start_response('100 Continue', [])
    return []


# Content-Length that lies


@case('length-too-long')
def length_too_long(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '10')])
    return [b'abc']


@case('length-too-long-stream')
def length_too_long_stream(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '10')])
    return Body('length-too-long-stream', [b'abc', b'def'])


@case('length-too-long-empty')
def length_too_long_empty(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '10')])
    return []


@case('length-too-short')
def length_too_short(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '3')])
    return [b'abcdef']


@case('length-too-short-stream')
def length_too_short_stream(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '4')])
    return Body('length-too-short-stream', [b'abc', b'def', b'ghi'])


@case('length-text')
def length_text(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', 'three')])
    return [b'abc']


@case('length-negative')
def length_negative(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '-3')])
    return [b'abc']


@case('length-twice')
def length_twice(environ, start_response):
    start_response('200 OK', [('Content-Length', '3'), ('Content-Length', '3')])
    return [b'abc']


# Failures


@case('raise-before')
def raise_before(environ, start_response):
    raise ValueError('secret-before')


@case('raise-after-start')
def raise_after_start(environ, start_response):
    start_response('200 OK', TEXT)
    raise ValueError('secret-after')


@case('raise-first')
def raise_first(environ, start_response):
    def body():
        raise ValueError('secret-first')
        yield b''

    start_response('200 OK', TEXT)
    return Body('raise-first', body())


@case('raise-after-empty')
def raise_after_empty(environ, start_response):
    def body():
        yield b''
        raise ValueError('secret-empty')

    start_response('200 OK', TEXT)
    return Body('raise-after-empty', body())


@case('raise-mid-body')
def raise_mid_body(environ, start_response):
    def body():
        yield b'x' * 1000
        raise ValueError('secret-mid')

    start_response('200 OK', TEXT)
    return Body('raise-mid-body', body())


@case('raise-mid-body-length')
def raise_mid_body_length(environ, start_response):
    def body():
        yield b'x' * 1000
        raise ValueError('secret-mid')

    start_response('200 OK', TEXT + [('Content-Length', '2000')])
    return Body('raise-mid-body-length', body())


@case('raise-after-write')
def raise_after_write(environ, start_response):
    start_response('200 OK', TEXT)(b'x' * 1000)
    raise ValueError('secret-write')


@case('leave')
def leave(environ, start_response):
    def body():
        for _ in range(20000):
            yield b'x' * 1024
            time.sleep(0.001)

    start_response('200 OK', TEXT)
    return Body('leave', body())


@case('raise-in-close')
def raise_in_close(environ, start_response):
    class Closing(Body):
        def close(self):
            count('raise-in-close', 'closes')
            raise ValueError('secret-close')

    start_response('200 OK', TEXT)
    return Closing('raise-in-close', [b'fine'])


@case('system-exit')
def system_exit(environ, start_response):
    sys.exit(1)


@case('no-start-response')
def no_start_response(environ, start_response):
    return [b'body without a head']


@case('no-start-response-empty')
def no_start_response_empty(environ, start_response):
    return []


@case('start-twice')
def start_twice(environ, start_response):
    start_response('200 OK', TEXT)
    try:
        start_response('201 Created', TEXT)
    except AssertionError:
        keep('start-twice', 'raised', 'AssertionError')
        raise
    return [b'twice']


@case('exc-info-replaces')
def exc_info_replaces(environ, start_response):
    start_response('200 OK', TEXT + [('X-First', '1')])
    try:
        raise ValueError
    except ValueError:
        start_response('503 Service Unavailable', TEXT + [('X-Second', '2')], sys.exc_info())
    return [b'replaced']


@case('exc-info-first')
def exc_info_first(environ, start_response):
    try:
        raise ValueError
    except ValueError:
        start_response('500 Oops', TEXT, sys.exc_info())
    return [b'handled']


@case('exc-info-after-sent')
def exc_info_after_sent(environ, start_response):
    def body():
        yield b'x' * 1000
        try:
            raise KeyError('sent')
        except KeyError:
            try:
                start_response('500 Oops', TEXT, sys.exc_info())
            except KeyError:
                keep('exc-info-after-sent', 'raised', 'KeyError')
                raise

    start_response('200 OK', TEXT)
    return Body('exc-info-after-sent', body())


@case('str-body')
def str_body(environ, start_response):
    start_response('200 OK', TEXT)
    return ['text']


@case('str-chunk')
def str_chunk(environ, start_response):
    start_response('200 OK', TEXT)
    return Body('str-chunk', ['text'])


@case('bare-str')
def bare_str(environ, start_response):
    start_response('200 OK', TEXT)
    return 'text'


@case('none-body')
def none_body(environ, start_response):
    start_response('200 OK', TEXT)
    return None


@case('int-body')
def int_body(environ, start_response):
    start_response('200 OK', TEXT)
    return 42


@case('write-str')
def write_str(environ, start_response):
    start_response('200 OK', TEXT)('text')
    return []


# Bad heads


def bad_head(name, status, headers):
    def behaviour(environ, start_response):
        start_response(status, headers)
        return [b'sent']

    BEHAVIOURS[name] = behaviour


bad_head('value-crlf', '200 OK', TEXT + [('X-Bad', 'a\r\nX-Injected: 1')])
bad_head('value-lf', '200 OK', TEXT + [('X-Bad', 'a\nX-Injected: 1')])
bad_head('value-cr', '200 OK', TEXT + [('X-Bad', 'a\rb')])
bad_head('value-nul', '200 OK', TEXT + [('X-Bad', 'a\0b')])
bad_head('value-control', '200 OK', TEXT + [('X-Bad', 'a\x01b')])
bad_head('value-arrow', '200 OK', TEXT + [('X-Bad', 'a\u2192b')])
bad_head('value-bytes', '200 OK', TEXT + [('X-Bad', b'bytes')])
bad_head('value-int', '200 OK', TEXT + [('X-Bad', 7)])
bad_head('value-none', '200 OK', TEXT + [('X-Bad', None)])
bad_head('name-space', '200 OK', TEXT + [('X Bad', 'a')])
bad_head('name-colon', '200 OK', TEXT + [('X-Bad:', 'a')])
bad_head('name-empty', '200 OK', TEXT + [('', 'a')])
bad_head('name-crlf', '200 OK', TEXT + [('X-Bad\r\nX-Injected', '1')])
bad_head('name-bytes', '200 OK', TEXT + [(b'X-Bad', 'a')])
bad_head('headers-tuple', '200 OK', (('Content-Type', 'text/plain'),))
bad_head('headers-dict', '200 OK', {'Content-Type': 'text/plain'})
bad_head('headers-none', '200 OK', None)
bad_head('header-triple', '200 OK', TEXT + [('X-Bad', 'a', 'b')])
bad_head('status-crlf', '200 OK\r\nX-Injected: 1', TEXT)
bad_head('status-lf', '200 OK\nX-Injected: 1', TEXT)
bad_head('status-word', 'OKAY', TEXT)
bad_head('status-int', 200, TEXT)
bad_head('status-bytes', b'200 OK', TEXT)
bad_head('status-short', '20 OK', TEXT)
bad_head('status-arrow', '200 \u2192', TEXT)
bad_head('hop-connection', '200 OK', TEXT + [('Connection', 'close'), ('X-Kept', 'yes')])
bad_head('hop-transfer-encoding', '200 OK', TEXT + [('Transfer-Encoding', 'chunked'), ('X-Kept', 'yes')])
bad_head('hop-keep-alive', '200 OK', TEXT + [('Keep-Alive', 'timeout=5'), ('X-Kept', 'yes')])
bad_head('hop-status', '200 OK', TEXT + [('Status', '418 Teapot'), ('X-Kept', 'yes')])


# Request bodies


@case('echo')
def echo(environ, start_response):
    body = environ['wsgi.input'].read(-1)
    return answer_json(
        start_response,
        {'size': len(body), 'sha1': hashlib.sha1(body).hexdigest(), 'length': environ.get('CONTENT_LENGTH', '')},
    )


@case('echo-bytes')
def echo_bytes(environ, start_response):
    start_response('200 OK', TEXT)
    return [environ['wsgi.input'].read(-1)]


@case('read-sizes')
def read_sizes(environ, start_response):
    source = environ['wsgi.input']
    return answer_json(
        start_response,
        [source.read(3).decode(), source.read(0).decode(), source.read(-1).decode(), source.read(5).decode()],
    )


@case('read-none')
def read_none(environ, start_response):
    source = environ['wsgi.input']
    return answer_json(start_response, [source.read(None).decode(), source.read().decode()])


@case('readline')
def readline(environ, start_response):
    source = environ['wsgi.input']
    return answer_json(
        start_response,
        [source.readline().decode(), source.readline(2).decode(), source.readline().decode(), source.readline().decode(),
         source.readline().decode()],
    )  # fmt: skip


@case('readlines')
def readlines(environ, start_response):
    return answer_json(start_response, [line.decode() for line in environ['wsgi.input'].readlines()])


@case('readlines-hint')
def readlines_hint(environ, start_response):
    source = environ['wsgi.input']
    return answer_json(start_response, [len(source.readlines(4)), len(source.readlines())])


@case('iterate')
def iterate(environ, start_response):
    return answer_json(start_response, [line.decode() for line in environ['wsgi.input']])


@case('mixed-reads')
def mixed_reads(environ, start_response):
    source = environ['wsgi.input']
    return answer_json(start_response, [source.read(2).decode(), source.readline().decode(), source.read(-1).decode()])


@case('past-the-end')
def past_the_end(environ, start_response):
    source = environ['wsgi.input']
    source.read(-1)
    return answer_json(
        start_response,
        [source.read(-1).decode(), source.read(10).decode(), source.readline().decode(), source.readlines()],
    )


@case('unread')
def unread(environ, start_response):
    start_response('200 OK', TEXT)
    return [b'not read']


@case('half-read')
def half_read(environ, start_response):
    environ['wsgi.input'].read(10)
    start_response('200 OK', TEXT)
    return [b'half read']


@case('short-body')
def short_body(environ, start_response):
    try:
        size = len(environ['wsgi.input'].read(-1))
        keep('short-body', 'read', size)
    except OSError:
        keep('short-body', 'raised', 'OSError')
        raise
    start_response('200 OK', TEXT)
    return [b'read']


@case('terminated')
def terminated(environ, start_response):
    return answer_json(start_response, {'terminated': environ.get('wsgi.input_terminated')})


@case('continue')
def expect_continue(environ, start_response):
    body = environ['wsgi.input'].read(-1)
    start_response('200 OK', TEXT)
    return [b'got ' + body]


@case('continue-unread')
def continue_unread(environ, start_response):
    start_response('403 Forbidden', TEXT + [('Content-Length', '2')])
    return [b'no']


# environ


@case('environ')
def show_environ(environ, start_response):
    return answer_json(start_response, {key: value for key, value in environ.items() if isinstance(value, str)})


@case('types')
def types(environ, start_response):
    strings = [
        key for key, value in environ.items()
        if '.' not in key and (type(value) is not str or any(ord(mark) > 255 for mark in value))
    ]  # fmt: skip
    return answer_json(
        start_response,
        {
            'dict': type(environ) is dict,
            'odd': strings,
            'version': list(environ['wsgi.version']),
            'multithread': bool(environ['wsgi.multithread']),
            'multiprocess': bool(environ['wsgi.multiprocess']),
            'run_once': bool(environ['wsgi.run_once']),
            'scheme': environ['wsgi.url_scheme'],
            'errors': all(hasattr(environ['wsgi.errors'], name) for name in ('write', 'writelines', 'flush')),
            'input': all(hasattr(environ['wsgi.input'], name) for name in ('read', 'readline', 'readlines', '__iter__')),
            'file_wrapper': callable(environ.get('wsgi.file_wrapper')),
        },
    )


@case('path-info')
def path_info(environ, start_response):
    return answer_json(start_response, {'path': environ['PATH_INFO'], 'script': environ.get('SCRIPT_NAME', '')})


@case('secrets')
def secrets(environ, start_response):
    leaked = [key for key in environ if key in os.environ and key in ('PATH', 'HOME', 'CONFORMANCE_SECRET')]
    return answer_json(start_response, {'leaked': leaked})


@case('mutate')
def mutate(environ, start_response):
    seen = 'added' in environ
    environ['added'] = 'by an earlier request'
    environ['wsgi.version'] = 'changed'
    return answer_json(start_response, {'seen': seen})


@case('method-changes')
def method_changes(environ, start_response):
    environ['REQUEST_METHOD'] = 'GET'
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '5')])
    return [b'hello']


@case('errors-log')
def errors_log(environ, start_response):
    environ['wsgi.errors'].write('conformance wrote this\n')
    environ['wsgi.errors'].writelines(['and ', 'that\n'])
    environ['wsgi.errors'].flush()
    start_response('200 OK', TEXT)
    return [b'logged']


@case('early-hints')
def early_hints(environ, start_response):
    hints = environ.get('wsgi.early_hints')
    if hints is not None:
        hints([('Link', '</style.css>; rel=preload')])
    start_response('200 OK', TEXT)
    return [b'hinted' if hints is not None else b'no hints']


# Files


def ensure_file():
    if not os.path.exists(FILE) or os.path.getsize(FILE) != len(FILE_BYTES):
        with open('%s.%d' % (FILE, threading.get_ident()), 'wb') as file:
            file.write(FILE_BYTES)
        os.rename(file.name, FILE)


class Closing(io.FileIO):
    label = ''

    def close(self):
        if not self.closed:
            count(self.label, 'closes')
        super().close()


def file_case(name, prepare=None, headers=(), block=8192, wrap=None):
    def behaviour(environ, start_response):
        ensure_file()
        file = Closing(FILE, 'rb')
        file.label = name
        if prepare:
            prepare(file)
        start_response('200 OK', [('Content-Type', 'application/octet-stream')] + list(headers))
        if wrap:
            file = wrap(file)
        return environ['wsgi.file_wrapper'](file, block)

    BEHAVIOURS[name] = behaviour


file_case('file')
file_case('file-length', headers=[('Content-Length', str(len(FILE_BYTES)))])
file_case('file-offset', prepare=lambda file: file.seek(200000))
file_case('file-bounded', headers=[('Content-Length', '1000')])
file_case('file-range', prepare=lambda file: file.seek(256), headers=[('Content-Length', '256')])


@case('file-memory')
def file_memory(environ, start_response):
    start_response('200 OK', TEXT)
    return environ['wsgi.file_wrapper'](io.BytesIO(b'from memory'))


@case('file-offset-memory')
def file_offset_memory(environ, start_response):
    source = io.BytesIO(b'from memory')
    source.seek(5)
    start_response('200 OK', TEXT)
    return environ['wsgi.file_wrapper'](source, 3)


@case('file-text')
def file_text(environ, start_response):
    start_response('200 OK', TEXT)
    return environ['wsgi.file_wrapper'](io.StringIO('text'))


@case('file-short')
def file_short(environ, start_response):
    start_response('200 OK', TEXT + [('Content-Length', '100')])
    return environ['wsgi.file_wrapper'](io.BytesIO(b'only this'))


@case('file-iterated')
def file_iterated(environ, start_response):
    """Middleware may iterate over what the wrapper made."""
    wrapped = environ['wsgi.file_wrapper'](io.BytesIO(b'0123456789'), 4)
    start_response('200 OK', TEXT)
    return [b'|'.join(wrapped)]
