"""What the options say about the process itself: file mask, limits, variables it must not have, its name.

The template applies them before any of the application's code runs; its workers are born with them.
"""

import os
import socket
import stat
import threading

from . import report

# The kernel keeps fifteen bytes.
NAME_BYTES = 15


def prepare(options):
    """Template and workers. Never raises: what the system refuses is reported."""
    if options.get('umask'):
        os.umask(int(options['umask'], 8))
    for name in options.get('unenv') or []:
        os.environ.pop(name, None)
    if options.get('thread-stacksize'):
        try:
            threading.stack_size(options['thread-stacksize'] * 1024)
        except (ValueError, RuntimeError) as error:
            report.write('thread-stacksize = %s: %s' % (options['thread-stacksize'], error))
    if options.get('limit-as') or options.get('max-fd'):
        limit(options)
    rename(options, 'template')


def drop_listeners():
    """Listening sockets that the gateway was given (systemd, an upgrade) are its own: here they would outlive it."""
    try:
        numbers = [int(name) for name in os.listdir('/proc/self/fd')]
    except OSError:
        return
    for number in numbers:
        if number <= 3:
            continue
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                with socket.socket(fileno=os.dup(number)) as probe:
                    listens = probe.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
                if listens:
                    os.close(number)
        except OSError:
            pass


def limit(options):
    import resource

    for option, number, unit in (('limit-as', resource.RLIMIT_AS, 2**20), ('max-fd', resource.RLIMIT_NOFILE, 1)):
        wanted = (options.get(option) or 0) * unit
        if wanted == 0:
            continue
        try:
            hard = resource.getrlimit(number)[1]
            allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            # Only the superuser may raise the hard limit.
            resource.setrlimit(number, (allowed, hard) if os.geteuid() else (wanted, max(wanted, hard)))
            if os.geteuid() and allowed < wanted:
                report.write('%s = %s: the system allows %d' % (option, options[option], allowed // unit))
        except (ValueError, OSError) as error:
            report.write('%s = %s: %s' % (option, options[option], error))


def rename(options, role):
    """The name that `top` and `ps -e` show."""
    name = options.get('procname') if role != 'template' else None
    if not name:
        name = 'postern ' + role
    name = '%s%s%s' % (options.get('procname-prefix') or '', name, options.get('procname-append') or '')
    try:
        with open('/proc/self/comm', 'w') as file:
            file.write(name.encode('utf-8', 'replace')[:NAME_BYTES].decode('utf-8', 'ignore'))
    except OSError:
        pass  # no /proc, or not ours to write


def finish_loading(options):
    """chdir2: where the application finds itself once it is loaded."""
    if options.get('chdir2'):
        try:
            os.chdir(options['chdir2'])
        except OSError as error:
            report.write('chdir2 to %s failed: %s' % (options['chdir2'], error.strerror))
