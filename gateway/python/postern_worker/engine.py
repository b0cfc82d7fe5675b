"""The loop of a lane's thread: take a request, call the application, send what it returns, close it.

`serve` is the hot path: a correct application that returns one small bytes object never leaves it.
"""

import io
from time import monotonic, perf_counter_ns as now

from . import page, report
from .body import StreamBody, end_stream, open_file, open_stream
from .direct import ClientLeft, send_small
from .files import FileWrapper, send_file
from .frames import AFTER, CLOSED, END_FLAGS, RESPONSE, pack_done, pack_frame, pack_header
from .head import NO_LENGTH
from .lane import COMPANY, SMALL, LaneClosed
from .response import BODILESS, Response


# A close() that takes longer is work behind the response; so many responses later it is forgotten.
SLOW_CLOSE_SECONDS = 0.002
SLOW_CLOSE_MEMORY = 1000


def serve(lane, app, constants, started):
    """Serves requests until the lane is closed or drained. `started` is the lane's slot array in the started file."""
    pending, out, slot = lane.pending, lane.out, lane.index
    answering = lane.answering
    popleft, append = pending.popleft, out.append
    new_input, stream_body = io.BytesIO, StreamBody
    # With a place for the input, so that the merged dict need not grow for it.
    constants = {**constants, 'wsgi.input': None}
    constants['wsgi.early_hints'] = lambda headers: early_hints(lane, headers)
    # With the clock read once per request, the next one begins where this one ended, unless the lane waited between.
    begun = ended = now()
    while True:
        if not pending or len(out) > COMPANY:
            if out and not lane.may_wait():
                lane.flush()
            if not pending and not lane.wait():
                break
            begun = now()
        try:
            request_id, environ, body, connection = popleft()
        except IndexError:
            continue  # the helper gave it back
        fd = None
        alone = connection < 0
        if alone:
            connection = -connection
            fd = lane.find(connection)
        lane.alone = alone
        started[slot] = request_id
        environ = {**constants, **environ}
        if body.__class__ is stream_body:
            environ['wsgi.input'] = open_stream(body, environ)
        elif 'POSTERN_BODY_FILE' in environ:
            environ['wsgi.input'] = open_file(environ, lane.body_files)
        else:
            environ['wsgi.input'] = new_input(body)
        lane.response = response = Response(lane, request_id, environ, connection, fd)
        lane.begun = begun
        try:
            result = app(environ, response.start_response)
            if result.__class__ is list and len(result) == 1 and not response.sent:
                chunk = result[0]
                head = response.head
                if chunk.__class__ is bytes and head is not None:
                    size = len(chunk)
                    if size > SMALL or response.head_only or response.code in BODILESS or response.logvars:
                        response.send_whole(chunk)
                    else:
                        if response.length == NO_LENGTH:
                            head = b'%bContent-Length: %d\r\n\r\n' % (head, size)
                        elif response.length == size:
                            head += b'\r\n'
                        else:
                            head = None
                            response.send_whole(chunk)
                        if head is not None:
                            length = len(head)
                            if alone and fd is not None and length < SMALL:
                                answering[slot] = request_id
                                send_small(lane, fd, request_id, head, chunk)
                                ended = now()
                                flags = END_FLAGS[(ended - begun >> 10).bit_length()]
                                begun = ended
                                lane.tell_done(request_id, pack_done(request_id, flags, response.code, length, size))
                            else:
                                ended = now()
                                flags = END_FLAGS[(ended - begun >> 10).bit_length()]
                                begun = ended
                                frame = b''.join(
                                    (pack_header(length + size, request_id, RESPONSE, flags, length), head, chunk)
                                )
                                append(frame)
                                if pending:
                                    lane.keep(frame)
                            response.ended = response.sent = True
                else:
                    send_result(lane, response, result)
            else:
                send_result(lane, response, result)
        except LaneClosed:
            break
        except BaseException as error:
            fail(lane, response, app, error)
        result = chunk = None
        if begun != ended:
            begun = now()
        if body.__class__ is stream_body:
            end_stream(body)
            lane.stream = None
        if response.notes is not None:
            report.notes(response, app)
        lane.response = None
    if out:
        try:
            lane.flush()
        except LaneClosed:
            pass


def early_hints(lane, headers):
    """environ['wsgi.early_hints']: headers of a 103 sent before the response; dropped where the link cannot carry it."""
    response = lane.response
    if response is not None:
        response.early_hints(headers)


def send_result(lane, response, result):
    """Everything that is not one bytes object in a list. Calls close() exactly once, whatever happens."""
    failure = None
    if lane.slow_closes:
        response.after = AFTER
    try:
        if result.__class__ is FileWrapper:
            send_file(response, result)
        elif isinstance(result, (list, tuple)) and not response.sent and response.head is not None:
            check_chunks(result)
            response.send_whole(b''.join(result))
        else:
            send_chunks(lane, response, result)
        response.finish()
    except LaneClosed:
        close(lane, response, result)
        raise
    except BaseException as error:
        failure = error
    # What is finished must not wait for close(); if requests wait behind it, the gateway asks for it when it is slow.
    if not lane.pending:
        lane.flush_unless_quiet()
    close(lane, response, result)
    if response.after and response.ended:
        lane.out.append(pack_frame(response.request_id, CLOSED))
    if failure is not None:
        raise failure


def check_chunks(chunks):
    for chunk in chunks:
        if not isinstance(chunk, bytes):
            raise TypeError('the application returned %s where bytes are needed' % type(chunk).__name__)


def send_chunks(lane, response, result):
    try:
        iterator = iter(result)
    except TypeError:
        raise TypeError(
            'the application returned %s, which is not an iterable of bytes'
            % ('None' if result is None else type(result).__name__)
        ) from None
    if isinstance(result, (bytes, str)):
        raise TypeError('the application returned a bare %s; a WSGI body is a list of bytes' % type(result).__name__)
    for chunk in iterator:
        if not isinstance(chunk, bytes):
            raise TypeError('the application returned %s where bytes are needed' % type(chunk).__name__)
        if chunk:
            response.send(chunk)
            if not response.ended:
                lane.flush()
            elif response.bodiless():
                break
            elif not lane.pending:
                lane.flush_unless_quiet()
        elif response.cancelled:
            raise ClientLeft


def close(lane, response, result):
    """PEP 3333: close() is called once, whether or not the response was sent; its errors are the log's."""
    method = getattr(result, 'close', None)
    if method is None:
        return
    lane.closing_since = begun = monotonic()
    try:
        method()
    except BaseException as error:
        report.error(response, None, error, 'close() of the response raised')
    finally:
        lane.closing_since = None
        if lane.slow_closes:
            lane.slow_closes -= 1
        if monotonic() - begun > SLOW_CLOSE_SECONDS:
            lane.slow_closes = SLOW_CLOSE_MEMORY


def fail(lane, response, app, error):
    """The application raised, or returned what it must not."""
    try:
        if isinstance(error, ClientLeft):
            response.abort('the client left')
        else:
            reason = report.error(response, app, error)
            if not (lane.shows_failures and page.show(response, error)):
                response.abort(reason)
    finally:
        # A traceback refers to frames that refer to it.
        error.__traceback__ = None
