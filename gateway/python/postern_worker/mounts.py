"""Several applications on path prefixes: moves the prefix from PATH_INFO to SCRIPT_NAME. Itself a WSGI application."""


def read_mount(entry):
    """`/prefix=target` as (prefix without a slash at its end, target)."""
    prefix, equals, target = entry.partition('=')
    prefix, target = prefix.strip(), target.strip()
    if not equals or not target:
        raise ValueError('a mount is written /prefix=module:callable or /prefix=file.py, found %r' % entry)
    if not prefix.startswith('/'):
        raise ValueError('the prefix of a mount starts with /, found %r' % prefix)
    return prefix.rstrip('/'), target


class Mounts:
    """The longest prefix wins; `/ab` is not under `/a`; what no prefix covers is the default's, or 404."""

    def __init__(self, apps, default=None):
        self.apps = apps
        self.default = default
        self.prefixes = sorted(apps, key=len, reverse=True)

    def __call__(self, environ, start_response):
        script = environ.get('SCRIPT_NAME', '')
        path = environ.get('PATH_INFO', '')
        # nginx may name the mount itself, with the prefix still in front of PATH_INFO (uwsgi_param SCRIPT_NAME /app).
        if script in self.apps:
            if path == script or path.startswith(script + '/'):
                environ['PATH_INFO'] = path[len(script) :]
            return self.apps[script](environ, start_response)
        for prefix in self.prefixes:
            if path == prefix or path.startswith(prefix + '/'):
                environ['SCRIPT_NAME'] = script + prefix
                environ['PATH_INFO'] = path[len(prefix) :]
                return self.apps[prefix](environ, start_response)
        if self.default is not None:
            return self.default(environ, start_response)
        start_response('404 Not Found', [('Content-Type', 'text/plain; charset=utf-8')])
        return [b'No application is mounted here.\n']
