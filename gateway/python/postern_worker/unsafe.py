"""What an import left open that a fork must not share: sockets, databases, threads. Decides `preload: auto`."""

import os
import socket
import stat
import threading
import time

ENDING_TRIES = 20


def open_files():
    """The descriptors of this process."""
    for folder in ('/proc/self/fd', '/dev/fd'):
        try:
            return {int(name) for name in os.listdir(folder)}
        except (OSError, ValueError):
            continue
    return set(range(256))


def count_threads():
    """Native threads, which Python may not know of."""
    try:
        return len(os.listdir('/proc/self/task'))
    except OSError:
        return threading.active_count()


def find(files_before, threads_before):
    """A sentence about what is unsafe to share, or None."""
    for number in sorted(open_files() - files_before):
        found = describe(number)
        if found:
            return found
    # A thread that was joined may still be on its way out of the kernel.
    tries = 0
    while count_threads() > threads_before and threading.active_count() == 1 and tries < ENDING_TRIES:
        time.sleep(0.01)
        tries += 1
    if count_threads() > threads_before:
        names = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
        return 'started a thread (%s)' % (', '.join(names[:3]) if names else 'in native code')
    return None


def describe(number):
    try:
        mode = os.fstat(number).st_mode
    except OSError:
        return None
    if stat.S_ISSOCK(mode):
        return describe_socket(number)
    try:
        target = os.readlink('/proc/self/fd/%d' % number)
    except OSError:
        return None
    if target.startswith('anon_inode:') and ('eventpoll' in target or 'io_uring' in target):
        return 'opened an event loop (%s)' % target
    if stat.S_ISREG(mode):
        try:
            if os.pread(number, 16, 0) == b'SQLite format 3\0':
                return 'opened the database %s' % target
        except OSError:
            pass
    return None


def describe_socket(number):
    try:
        with socket.socket(fileno=os.dup(number)) as opened:
            try:
                return 'opened a socket to %s' % address(opened.getpeername())
            except OSError:
                return 'opened a socket at %s' % address(opened.getsockname())
    except OSError:
        return 'opened a socket'


def address(name):
    if isinstance(name, tuple):
        return '%s:%d' % name[:2]
    if isinstance(name, bytes):
        name = name.decode('utf-8', 'replace')
    return str(name) or '(unnamed)'
