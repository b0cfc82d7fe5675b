"""wsgi.file_wrapper: files sent in large blocks from where they stand, or handed to nginx by X-Accel-Redirect.

POSTERN_ACCEL in environ, set by our own nginx configuration, lists what nginx may serve: `/uri/=/directory/`
entries joined by `;`, each an internal location. A file is handed over only if nothing of the response is lost.
"""

import io
import os
import stat
from urllib.parse import quote

from .head import NO_LENGTH

BLOCK = 131072

# Headers nginx keeps from the application, or makes itself, after X-Accel-Redirect (ngx_http_upstream.c, `redirect`),
# and those that the generated internal location passes on by `add_header … $upstream_http_…`.
KEPT = frozenset(
    'accept-ranges cache-control content-disposition content-length content-type date expires last-modified server '
    'set-cookie access-control-allow-credentials access-control-allow-origin access-control-expose-headers '
    'content-language content-security-policy cross-origin-embedder-policy cross-origin-opener-policy '
    'cross-origin-resource-policy link permissions-policy referrer-policy strict-transport-security vary '
    'x-content-type-options x-frame-options x-request-id x-robots-tag'.split()
)
REPLACED = ('content-length', 'last-modified', 'accept-ranges')


class FileWrapper:
    """What environ['wsgi.file_wrapper'] makes; also a plain iterable, for middleware that looks inside."""

    def __init__(self, filelike, blksize=8192):
        self.filelike = filelike
        self.blksize = blksize
        if hasattr(filelike, 'close'):
            self.close = filelike.close

    def __iter__(self):
        return self

    def __next__(self):
        data = self.filelike.read(self.blksize)
        if data:
            return data
        raise StopIteration


def send_file(response, wrapper):
    """Sends the file from its current position, bounded by Content-Length."""
    if response.head is None:
        raise AssertionError('the application returned a file without having called start_response')
    filelike = wrapper.filelike
    rest = measure(filelike)
    if not response.sent and rest is not None:
        if response.length == NO_LENGTH and response.code not in (204, 304):
            response.head += b'Content-Length: %d\r\n' % rest
            response.length = rest
        if not response.head_only and response.code == 200:
            uri = accel_uri(response, filelike, rest)
            if uri is not None:
                hand_over(response, uri)
                return
    read = filelike.read
    while not response.ended:
        size = BLOCK
        if response.sent and response.left != NO_LENGTH:
            size = min(size, response.left)
        elif not response.sent and response.length != NO_LENGTH and not response.bodiless():
            size = min(size, max(response.length, 1))
        block = read(size)
        if not isinstance(block, bytes):
            raise TypeError('the file given to wsgi.file_wrapper returned %s, open it in binary mode' % type(block).__name__)
        if not block:
            break
        response.send(block)
        if not response.ended:
            response.lane.flush()


def measure(filelike):
    """Bytes from the current position to the end of a regular file, else None."""
    if isinstance(filelike, io.TextIOBase):
        return None
    try:
        facts = os.fstat(filelike.fileno())
        if not stat.S_ISREG(facts.st_mode):
            return None
        return max(0, facts.st_size - filelike.tell())
    except (AttributeError, OSError, ValueError, TypeError):
        return None


def accel_uri(response, filelike, rest):
    """The internal location's URI for this file, if nginx may send it and the client gets the same answer."""
    roots = response.environ.get('POSTERN_ACCEL')
    if not roots or response.environ.get('REQUEST_METHOD') != 'GET' or response.length != rest:
        return None
    try:
        name = filelike.name
        if not isinstance(name, str) or filelike.tell() != 0 or 'r' not in getattr(filelike, 'mode', 'rb'):
            return None
        path = os.path.realpath(name)
        opened, found = os.fstat(filelike.fileno()), os.stat(path)
    except (AttributeError, OSError, ValueError):
        return None
    # The name must still be the opened file, and readable by nginx's user as far as its mode says.
    if (opened.st_dev, opened.st_ino) != (found.st_dev, found.st_ino) or not found.st_mode & 0o004:
        return None
    for line in response.head.split(b'\r\n')[1:-1]:
        if line.split(b':', 1)[0].lower().decode('latin-1') not in KEPT:
            return None
    for entry in roots.split(';'):
        prefix, _, root = entry.partition('=')
        root = os.path.realpath(root) if root else ''
        if prefix and root not in ('', '/') and path.startswith(root + '/'):
            return prefix.rstrip('/') + '/' + quote(os.fsencode(path[len(root) + 1 :]))
    return None


def hand_over(response, uri):
    """Answers with X-Accel-Redirect; nginx makes length, dates and ranges from the file itself."""
    lines = response.head.split(b'\r\n')[:-1]
    kept = [lines[0]] + [
        line for line in lines[1:] if line.split(b':', 1)[0].lower().decode('latin-1') not in REPLACED
    ]
    kept.append(b'X-Accel-Redirect: ' + uri.encode('ascii'))
    response.begin(b'\r\n'.join(kept) + b'\r\n', b'', True)
