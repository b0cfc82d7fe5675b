"""`import uwsgi` and `import uwsgidecorators` under postern, on request (option uwsgi-module).

What has a meaning here works; the rest raises NotImplementedError and says what to use instead. Most code that
tests for uWSGI asks whether the import works, which is why this is not there by default.
"""

import os
import socket
import sys
import threading
import time
import traceback
import types

from . import VERSION, report

ADVICE = {
    'cache': 'use a cache server, or django.core.cache',
    'spool': 'use a task queue (Celery, RQ, Huey)',
    'queue': 'use a task queue (Celery, RQ, Huey)',
    'mule': 'run the background process as a service of its own',
    'farm': 'run the background process as a service of its own',
    'signal': 'use a scheduler (cron, systemd timers, Celery beat)',
    'cron': 'use cron or a systemd timer',
    'timer': 'use cron or a systemd timer',
    'rb': 'use cron or a systemd timer',
    'rpc': 'use HTTP',
    'websocket': 'run an ASGI server beside postern for websockets',
    'lock': 'use a lock file or the database',
    'unlock': 'use a lock file or the database',
    'sharedarea': 'use multiprocessing.shared_memory',
    'snmp': 'use the /metrics page',
    'metric': 'use the /metrics page',
    'connection': 'the connection belongs to the gateway',
    'sendfile': "use environ['wsgi.file_wrapper'] or X-Accel-Redirect",
    'async': 'postern runs threads and processes',
    'green': 'postern runs threads and processes',
    'suspend': 'postern runs threads and processes',
    'wait': 'postern runs threads and processes',
    'chunked': "read environ['wsgi.input'], chunked bodies are decoded",
}

REFUSED = (
    'cache_get cache_set cache_update cache_del cache_exists cache_clear cache_inc cache_dec cache_mul cache_div '
    'cache_num cache_keys cache_magic queue_get queue_set queue_push queue_pull queue_pop queue_slice queue_last '
    'spool send_to_spooler spooler_pid spooler_jobs spooler_get_task set_spooler_frequency mule_msg mule_get_msg '
    'farm_msg farm_get_msg install_mule_msg_hook in_farm register_signal signal signal_wait signal_registered '
    'alarm add_cron add_timer add_rb_timer add_file_monitor add_ms_timer register_rpc rpc call rpc_list '
    'websocket_handshake websocket_recv websocket_recv_nb websocket_send websocket_send_binary lock unlock is_locked '
    'sharedarea_read sharedarea_write sharedarea_inc32 snmp_set_counter32 metric_get metric_set metric_inc '
    'connection_fd sendfile async_sleep async_connect green_schedule suspend wait_fd_read wait_fd_write '
    'embedded_data extract scrolls_log sendfile offload attach_daemon'
).split()

# What uWSGI users set by hand and postern always does; libraries (Sentry, Datadog) ask for them.
ALWAYS = ('master', 'enable-threads', 'py-call-uwsgi-fork-hooks', 'single-interpreter', 'need-app', 'die-on-term', 'vacuum')

# `gateway` and `generation`: from the template's boot line, inherited by every worker.
state = types.SimpleNamespace(worker_id=0, helm=None, lanes=(), hooks=[], said=set(), started=time.time(), gateway=0, generation=1)


def refuse(name):
    def refused(*arguments, **named):
        raise NotImplementedError('uwsgi.%s does not exist under postern%s' % (name, advice(name)))

    refused.__name__ = name
    return refused


def current():
    own = threading.get_ident()
    for lane in state.lanes:
        if getattr(lane, 'thread', None) == own:
            return lane.response
    return None


def set_logvar(name, value):
    response = current()
    if response is not None:
        response.logvars = dict(response.logvars or {}, **{text(name): text(value)})


def get_logvar(name):
    response = current()
    found = (response.logvars or {}).get(text(name)) if response is not None else None
    return None if found is None else found.encode('utf-8')


def text(value):
    return value.decode('utf-8', 'replace') if isinstance(value, bytes) else str(value)


def log(message):
    report.write(text(message))
    return True


def without_effect(name, why):
    """A call that changes nothing here, which is said once."""

    def called(*arguments):
        if name not in state.said:
            state.said.add(name)
            report.write('uwsgi.%s() has no effect under postern: %s' % (name, why))

    called.__name__ = name
    return called


def reload():
    """Asks the gateway for a new generation."""
    if state.helm is not None:
        state.helm.tell({'reload': True})
    return True


def stop():
    if state.helm is not None:
        state.helm.tell({'stop': True})
    return True


def chunked_read(timeout=0):
    response = current()
    if response is None:
        raise OSError('uwsgi.chunked_read() needs a request')
    return response.environ['wsgi.input'].read1(65536)


def chunked_read_nb():
    return chunked_read()


def opt(options):
    """uwsgi.opt: bytes to bytes, True or lists, as uWSGI has it."""
    found = {name: True for name in ALWAYS}
    for name, value in options.items():
        if value in (None, False, [], {}, ''):
            continue
        if value is True:
            found[name] = True
        elif isinstance(value, list):
            found[name] = [str(item).encode('utf-8') for item in value] if len(value) > 1 else str(value[0]).encode()
        elif isinstance(value, dict):
            found[name] = ['%s=%s' % item for item in value.items()]
        else:
            found[name] = str(value).encode('utf-8')
    return found


def install(options):
    module = types.ModuleType('uwsgi', 'The part of uWSGI’s Python module that postern has.')
    for name in REFUSED:
        setattr(module, name, refuse(name))
    # Libraries compare it, and work around what older uWSGIs got wrong.
    module.version = b'2.0.30'
    module.version_info = (2, 0, 30, 0, b'')
    module.postern_version = VERSION
    module.hostname = socket.gethostname().encode('utf-8')
    module.numproc = options.get('processes') or 1
    module.cores = options.get('threads') or 1
    module.buffer_size = options.get('buffer-size') or 65535
    module.started_on = int(state.started)
    module.unbit = False
    module.opt = opt(options)
    module.magic_table = {}
    module.applications = None
    module.post_fork_hook = lambda: None
    module.SPOOL_OK, module.SPOOL_RETRY, module.SPOOL_IGNORE = -2, -1, 0
    module.worker_id = lambda: state.worker_id
    module.mule_id = lambda: 0
    module.masterpid = lambda: state.gateway or os.getppid()
    module.ready = lambda: state.worker_id > 0
    module.is_a_reload = lambda: state.generation > 1
    module.i_am_the_spooler = lambda: False
    module.log = log
    module.log_this_request = lambda: None
    module.set_logvar = set_logvar
    module.get_logvar = get_logvar
    module.reload = reload
    module.stop = stop
    module.disconnect = without_effect('disconnect', 'return the whole body and do the rest in the close() of its iterable')
    module.set_user_harakiri = without_effect('set_user_harakiri', 'the option harakiri limits every request alike')
    module.accepting = without_effect('accepting', 'a worker accepts from its start')
    module.setprocname = without_effect('setprocname', 'the options procname and procname-prefix name the processes')
    module.chunked_read = chunked_read
    module.chunked_read_nb = chunked_read_nb
    module.mem = lambda: (resident(), 0)
    module.workers = lambda: ()
    module.getoption = lambda name: module.opt.get(text(name))
    module.set_warning_message = log
    module.__getattr__ = missing
    sys.modules['uwsgi'] = module
    sys.modules['uwsgidecorators'] = decorators(module)
    return module


def missing(name):
    raise AttributeError('module uwsgi has no %s under postern%s' % (name, '' if name.startswith('__') else advice(name)))


def advice(name):
    kind = next((key for key in ADVICE if name.startswith(key) or key in name.split('_')), None)
    return '; %s' % ADVICE[kind] if kind else ''


def resident():
    from .helm import resident_bytes

    return resident_bytes()


def decorators(uwsgi):
    """uwsgidecorators: postfork works, the schedulers refuse with advice."""
    module = types.ModuleType('uwsgidecorators', 'The part of uwsgidecorators that postern has.')

    def postfork(function=None, wid=0):
        if function is None:
            return lambda given: postfork(given, wid)
        if callable(function):
            state.hooks.append((wid, function))
            return function
        return lambda given: postfork(given, int(function))

    def lock(function):
        raise NotImplementedError('uwsgidecorators.lock does not exist under postern; use a lock file or the database')

    class thread:
        """Runs the function in a thread of its own."""

        def __init__(self, function):
            self.function = function

        def __call__(self, *arguments):
            threading.Thread(target=self.function, args=arguments, daemon=True).start()
            return self.function

    module.uwsgi = uwsgi
    module.postfork = postfork
    module.lock = lock
    module.thread = thread
    for name in ('spool', 'spoolforever', 'spoolraw', 'mule', 'mulefunc', 'mule_msg_dispatcher', 'rpc', 'signal',
                 'timer', 'cron', 'rbtimer', 'filemon', 'mule_brain', 'manage_spool_request', 'harakiri'):  # fmt: skip
        setattr(module, name, refuse(name))
    return module


def enter_worker(worker_id, helm, lanes):
    """In each new worker, before its first request."""
    state.worker_id, state.helm, state.lanes = worker_id, helm, lanes
    hooks = [function for wid, function in state.hooks if not wid or wid == worker_id]
    for function in [sys.modules['uwsgi'].post_fork_hook] + hooks:
        try:
            function()
        except Exception:  # as in uWSGI: the worker serves all the same
            report.write('a postfork hook failed in worker %d\n%s' % (worker_id, traceback.format_exc()))
