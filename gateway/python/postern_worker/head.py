"""Response heads: what an application may say in start_response, as bytes. Knows strings only.

The quick way assumes a correct application; whatever it stumbles over is walked again by `explain`, which
says exactly what is wrong and never repeats a header's value (it may be a secret, or an attack).
"""

import re
from http import HTTPStatus

from .frames import HEAD_LIMIT

NO_LENGTH = -1

# Kinds of header names.
PLAIN = 1
CONTENT_LENGTH = 2
DROPPED = 3

# RFC 9110 7.6.1 and PEP 3333: the connection belongs to the server. `Status` would become the status line over CGI.
HOP_BY_HOP = frozenset(
    'connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer trailers '
    'transfer-encoding upgrade status'.split()
)

CACHE_LIMIT = 512
_names = {}
_statuses = {}

_token = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
_text = re.compile('[\t\x20-\x7e\x80-\xff]*').fullmatch
_status = re.compile('([1-9][0-9][0-9])(?: ([\t\x20-\x7e\x80-\xff]*))?').fullmatch


def read_status(status):
    """(code, status line) of a status string; raises what start_response must raise."""
    if not isinstance(status, str):
        raise TypeError('the status must be a str like "200 OK", not %s' % type(status).__name__)
    found = _status(status)
    if found is None:
        if any(mark in status for mark in '\r\n\0'):
            raise ValueError('the status contains CR, LF or NUL')
        raise ValueError('the status must be three digits, a space and a reason, like "200 OK"; found %r' % status[:40])
    code = int(found.group(1))
    if code < 200:
        raise ValueError('%d is an interim status and cannot be the answer (wsgi.early_hints sends 103)' % code)
    reason = (found.group(2) or '').strip()
    if not reason:
        try:
            reason = HTTPStatus(code).phrase
        except ValueError:
            reason = 'Unknown'
    known = (code, '%d %s' % (code, reason))
    if len(_statuses) < CACHE_LIMIT:
        _statuses[status] = known
    return known


def read_name(name):
    """The kind of a header name; raises if it is none."""
    if not isinstance(name, str):
        raise TypeError('header names must be str, found %s' % type(name).__name__)
    if _token(name) is None:
        raise ValueError('%s is not a header name' % ascii(name[:60]))
    lower = name.lower()
    kind = CONTENT_LENGTH if lower == 'content-length' else DROPPED if lower in HOP_BY_HOP else PLAIN
    if len(_names) < CACHE_LIMIT:
        _names[name] = kind
    return kind


def check_value(name, value):
    if not isinstance(value, str):
        raise TypeError('the value of header %s must be str, found %s' % (name, type(value).__name__))
    if _text(value) is not None:
        return
    for mark, label in (('\r', 'CR'), ('\n', 'LF'), ('\0', 'NUL')):
        if mark in value:
            raise ValueError('the value of header %s contains %s' % (name, label))
    try:
        value.encode('latin-1')
    except UnicodeEncodeError:
        raise ValueError(
            'the value of header %s has characters outside latin-1; percent-encode it or use RFC 5987 (name*=UTF-8\'\'…)'
            % name
        ) from None
    raise ValueError('the value of header %s contains a control character' % name)


def read_length(values):
    """The number of a Content-Length; repeated, signed or otherwise odd ones are errors of the application."""
    if len(values) > 1:
        raise ValueError('Content-Length is given %d times' % len(values))
    value = values[0].strip()
    if not (value.isascii() and value.isdigit()) or len(value) > 18:
        raise ValueError('Content-Length is not a number: %r' % value[:40])
    return int(value)


def render_head(status, headers):
    """(code, head bytes without the empty line, Content-Length or NO_LENGTH, names that were dropped)."""
    try:
        known = _statuses.get(status)
        code, line = known if known is not None else read_status(status)
        if headers.__class__ is not list and not isinstance(headers, list):
            raise TypeError
        lines = [line]
        length = None
        dropped = None
        for name, value in headers:
            kind = _names.get(name)
            if kind != PLAIN:
                if kind is None:
                    kind = read_name(name)
                if kind == CONTENT_LENGTH:
                    if length is not None:
                        raise ValueError
                    length = read_length((value,))
                    if code == 204:
                        continue
                elif kind == DROPPED:
                    check_value(name, value)
                    dropped = (dropped or []) + [name]
                    continue
            # Latin-1 text that is not "printable" to Python (tab, no-break space, controls) takes the slow check.
            if not value.isprintable():
                check_value(name, value)
            lines.append(name + ': ' + value)
        lines.append('')
        head = '\r\n'.join(lines).encode('latin-1')
    except (TypeError, ValueError, AttributeError):
        explain(status, headers)
        raise
    if len(head) > HEAD_LIMIT - 64:
        raise ValueError('the response head is %d bytes, the limit is %d' % (len(head), HEAD_LIMIT - 64))
    return code, head, NO_LENGTH if length is None else length, dropped


def explain(status, headers):
    """Raises the exact reason why this head is not acceptable."""
    read_status(status)
    if not isinstance(headers, list):
        raise TypeError('the headers must be a list of (name, value), found %s' % type(headers).__name__)
    lengths = []
    for item in headers:
        if not isinstance(item, (tuple, list)) or len(item) != 2:
            raise TypeError('each header must be a tuple (name, value), found %s' % type(item).__name__)
        name, value = item
        kind = read_name(name)
        check_value(name, value)
        if kind == CONTENT_LENGTH:
            lengths.append(value)
    if lengths:
        read_length(lengths)


def render_hints(headers):
    """The interim head of 103 Early Hints."""
    lines = ['103 Early Hints']
    for name, value in headers:
        if isinstance(name, bytes):
            name = name.decode('latin-1')
        if isinstance(value, bytes):
            value = value.decode('latin-1')
        if read_name(name) == PLAIN:
            check_value(name, value)
            lines.append('%s: %s' % (name, value))
    return ('\r\n'.join(lines) + '\r\n\r\n').encode('latin-1')
