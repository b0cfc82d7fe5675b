"""Signals of templates and workers. The gateway decides when they end (the channel, the helm, SIGKILL).

A service manager that stops a group signals every process in it; workers must outlive that until they are
drained, and Ctrl-C is the gateway's to handle. Handlers, not SIG_IGN, which children started by exec would inherit.
"""

import faulthandler
import os
import signal
import sys

# Python stacks of all threads, written in C: also when native code holds the interpreter and the helm cannot answer.
DUMP = getattr(signal, 'SIGQUIT', None)

HELD = [
    getattr(signal, name)
    for name in ('SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2')
    if hasattr(signal, name)
]  # fmt: skip


def hold(number, frame):
    """The gateway will say."""


def install():
    for number in HELD:
        signal.signal(number, hold)
    if DUMP is not None and sys.stderr is not None:
        faulthandler.register(DUMP, all_threads=True, chain=False)
    os.register_at_fork(before=block, after_in_parent=unblock, after_in_child=release)


def block():
    """A signal sent to a child right after the fork waits until the child has its own handlers."""
    signal.pthread_sigmask(signal.SIG_BLOCK, HELD)


def unblock():
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD)


def release():
    """Processes the application forks (multiprocessing) can be terminated as usual."""
    if not ours.stay:
        for number in HELD:
            if signal.getsignal(number) is hold:
                signal.signal(number, signal.SIG_DFL if number != signal.SIGINT else signal.default_int_handler)
        if DUMP is not None:
            faulthandler.unregister(DUMP)
    unblock()


class ours:
    """True while the template forks a worker, which keeps the handlers."""

    stay = False
