"""`python -m postern_worker`: the template process, and after each fork a worker. Started by the gateway only."""

import sys

from . import leave_no_trace

leave_no_trace()

import faulthandler
import os
import socket

from . import signals, surroundings
from .channel import Channel
from .door import Porter, open_channel
from .template import Fork, Template
from .worker import Worker

CHANNEL_FD = 3


def read_boot(channel):
    """The first line; what came with it waits for the template."""
    messages = []
    while not messages:
        messages = channel.hear()
        if messages is None:
            return None
    channel.early = messages[1:]
    return messages[0].get('boot')


def main():
    try:
        os.set_inheritable(CHANNEL_FD, False)
        sock = socket.socket(fileno=CHANNEL_FD)
        sock.setblocking(True)
    except OSError:
        sys.stderr.write('postern_worker is started by the postern gateway (file descriptor 3 is its channel)\n')
        return 2
    carried = open_channel()
    surroundings.drop_listeners()
    faulthandler.enable()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.reconfigure(line_buffering=True, errors='backslashreplace')
    channel = Channel(sock)
    boot = read_boot(channel)
    if boot is None:
        return 0
    signals.install()
    surroundings.prepare(boot['options'])
    if boot['options'].get('uwsgi-module'):
        from . import uwsgi_module

        uwsgi_module.state.gateway = os.getppid()
        uwsgi_module.state.generation = boot.get('generation', 1)
    outcome = Template(channel, boot, Porter(carried) if carried is not None else None).run()
    if isinstance(outcome, Fork):
        surroundings.rename(boot['options'], 'worker %d' % outcome.worker_id)
        return Worker(boot, outcome).run()
    return outcome


if __name__ == '__main__':
    sys.exit(main())
