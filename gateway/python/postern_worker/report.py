"""What goes to the log when an application misbehaves. The client never sees any of it.

One write per report, so that reports of several workers do not interleave.
"""

import os
import re
import sys
import traceback

from . import HERE

FRAME_MEMORY = 256
ID = re.compile(r'[\w.:/+=-]{1,128}\Z', re.ASCII)
_said = set()


def write(text):
    try:
        sys.stderr.flush()
    except (AttributeError, OSError, ValueError):
        pass
    data = (text.rstrip('\n') + '\n').encode('utf-8', 'backslashreplace')
    try:
        while data:
            data = data[os.write(2, data) :]
    except OSError:
        pass  # nobody reads the log any more


def request_line(environ):
    path = environ.get('REQUEST_URI') or environ.get('SCRIPT_NAME', '') + environ.get('PATH_INFO', '')
    line = '%s %s' % (environ.get('REQUEST_METHOD', '?'), path)
    request_id = request_id_of(environ)
    line = line if not request_id else '%s (request id %s)' % (line, request_id)
    return ''.join(mark if mark.isprintable() else ascii(mark)[1:-1] for mark in line)


def request_id_of(environ):
    """The id in the gateway's log: it writes one of its own unless the peer's is one (protocol/request-id.ts)."""
    own = environ.get('POSTERN_REQUEST_ID')
    if own:
        return own
    header = environ.get('HTTP_X_REQUEST_ID', '')
    return header if ID.match(header) else environ.get('REQUEST_ID')


def application_frame(error):
    """`file:line function` of the innermost frame that is not ours, or None."""
    found = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        code = frame.f_code
        if not code.co_filename.startswith(HERE):
            found = '%s:%d %s' % (code.co_filename, line, code.co_name)
    return found


def describe(app):
    """Where an application comes from, for errors that have no frame of its own."""
    target = getattr(app, '__wrapped__', app)
    code = getattr(target, '__code__', None) or getattr(getattr(type(target), '__call__', None), '__code__', None)
    name = getattr(target, '__qualname__', None) or type(target).__qualname__
    module = getattr(target, '__module__', None) or type(target).__module__
    where = ' (%s:%d)' % (code.co_filename, code.co_firstlineno) if code is not None else ''
    return 'application %s.%s%s' % (module, name, where)


def without_our_frames(error):
    """The traceback as text, from the application's first frame on."""
    start = error.__traceback__
    while start is not None and start.tb_frame.f_code.co_filename.startswith(HERE):
        start = start.tb_next
    return ''.join(traceback.format_exception(type(error), error, start or error.__traceback__))


def error(response, app, error, what='the application raised'):
    """Logs an exception with its request; returns the short reason for the gateway's own line."""
    frame = application_frame(error) or (describe(app) if app is not None else None)
    kind = type(error).__name__
    place = ' in %s' % frame if frame else ''
    write('%s: %s %s%s\n%s' % (request_line(response.environ), what, kind, place, without_our_frames(error)))
    return '%s%s' % (kind, place)


def notes(response, app):
    """Logs what the application did wrong without failing, once per kind of mistake and application."""
    for key, text in response.notes:
        if key.startswith('content-length'):
            write('%s: %s; %s' % (request_line(response.environ), text, describe(app)))
            continue
        mark = (id(app), key)
        if mark not in _said and len(_said) < FRAME_MEMORY:
            _said.add(mark)
            write('%s: %s (said once); %s' % (request_line(response.environ), text, describe(app)))
