"""Sends the file its query names: `?name=…&seek=…&length=…&extra=Header`."""

from urllib.parse import parse_qs


def application(environ, start_response):
    query = {key: values[0] for key, values in parse_qs(environ['QUERY_STRING']).items()}
    file = open(query['name'], 'rb')
    headers = [('Content-Type', 'application/x-test'), ('Set-Cookie', 'a=1'), ('X-Frame-Options', 'DENY')]
    if 'seek' in query:
        file.seek(int(query['seek']))
    if 'length' in query:
        headers.append(('Content-Length', query['length']))
    if 'extra' in query:
        headers.append((query['extra'], 'value'))
    start_response(query.get('status', '200 OK'), headers)
    return environ['wsgi.file_wrapper'](file)
