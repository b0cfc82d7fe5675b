"""The failure page of `catch-exceptions`: the traceback for the developer's browser. Off unless asked for."""

import html

from .head import render_head
from .report import request_line, without_our_frames

STYLE = 'body{font:16px/1.5 system-ui,sans-serif;margin:2em;max-width:70em}pre{background:#f4f4f4;padding:1em;overflow:auto}'
NOTE = 'Shown because catch-exceptions is on. Turn it off where others can see this.'


def show(response, error):
    """Answers with the failure. False: something was sent already, or the failure cannot be told."""
    if response.sent or response.ended:
        return False
    try:
        write_page(response, error)
    except Exception:  # an error's own __str__, an environ the application has changed
        return response.ended
    return True


def write_page(response, error):
    title = '%s: %s' % (type(error).__name__, error)
    line = request_line(response.environ)
    trace = without_our_frames(error)
    if 'text/html' in response.environ.get('HTTP_ACCEPT', ''):
        kind = 'text/html'
        text = (
            '<!doctype html><meta charset="utf-8"><title>%s</title><style>%s</style>'
            '<h1>%s</h1><p>%s</p><pre>%s</pre><p><small>%s</small></p>\n'
        ) % tuple(html.escape(part) for part in (title, STYLE, title, line, trace, NOTE))
    else:
        kind = 'text/plain'
        text = '%s\n%s\n\n%s\n%s\n' % (title, line, trace, NOTE)
    headers = [
        ('Content-Type', '%s; charset=utf-8' % kind),
        ('Cache-Control', 'no-store'),
        ('X-Content-Type-Options', 'nosniff'),
        ('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'"),
    ]
    response.code, response.head, response.length, _ = render_head('500 Internal Server Error', headers)
    response.after = 0  # close() has been called
    response.send_whole(text.encode('utf-8', 'backslashreplace'))
