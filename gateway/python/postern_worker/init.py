"""Process 1 of a container: starts the gateway, passes signals on, reaps whatever is left to it, ends as the gateway ends.

Node.js can wait only for its own children, so orphans of the application would stay zombies. Run as a file:
`python init.py <command> [arguments…]`. Needs nothing else of the package.
"""

import os
import signal
import sys

PASSED_ON = ('SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGTTIN', 'SIGTTOU', 'SIGTSTP', 'SIGWINCH')
PR_SET_CHILD_SUBREAPER = 36


def become_subreaper():
    """Not needed as process 1; lets the same work one level below, where process 1 is Node.js."""
    try:
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        pass


def main(command):
    become_subreaper()
    numbers = [getattr(signal, name) for name in PASSED_ON]
    signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)
        try:
            os.execvp(command[0], command)
        except OSError as error:
            sys.stderr.write('%s: %s\n' % (command[0], error))
        os._exit(127)
    for number in numbers:
        signal.signal(number, lambda got, _: os.kill(child, got))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)
    while True:
        try:
            pid, status = os.wait()
        except ChildProcessError:
            return 70
        if pid == child:
            return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
