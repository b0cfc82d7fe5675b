"""Uses the uwsgi module if it is there, as applications do."""

import json

forked = []
try:
    import uwsgi
    from uwsgidecorators import postfork

    @postfork
    def after():
        forked.append(uwsgi.worker_id())
except ImportError:
    uwsgi = None


def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'application/json')])
    if uwsgi is None:
        return [b'no uwsgi']
    if environ['PATH_INFO'] == '/reload':
        uwsgi.reload()
        return [b'']
    if environ['PATH_INFO'] == '/refused':
        try:
            uwsgi.cache_get('x')
        except NotImplementedError as error:
            return [str(error).encode()]
    uwsgi.set_logvar('user', 'ann')
    uwsgi.log('said by uwsgi.log')
    facts = {'worker': uwsgi.worker_id(), 'numproc': uwsgi.numproc, 'postfork': forked}
    facts['user'] = uwsgi.get_logvar('user').decode()
    return [json.dumps(facts).encode()]
