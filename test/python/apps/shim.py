"""Uses the uwsgi module if it is there, as applications do."""

import json

forked = []
try:
    import uwsgi
    from uwsgidecorators import postfork

    @postfork
    def after():
        forked.append(uwsgi.worker_id())
    @postfork(3)
    def breaks():
        raise RuntimeError('in a hook')
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
    if environ['PATH_INFO'] == '/facts':
        uwsgi.set_user_harakiri(30)
        try:
            uwsgi.no_such_thing
        except AttributeError as error:
            missing = str(error)
        threads = uwsgi.opt.get('enable-threads') is True and uwsgi.version_info >= (2, 0, 30)
        return [json.dumps([uwsgi.masterpid(), uwsgi.is_a_reload(), threads, missing, hasattr(uwsgi, 'cache_nothing')]).encode()]
    facts = {'worker': uwsgi.worker_id(), 'numproc': uwsgi.numproc, 'postfork': forked}
    facts['user'] = uwsgi.get_logvar('user').decode()
    return [json.dumps(facts).encode()]
