"""The template: loads the application once, forks workers from it on request, reaps them and says how they ended.

`run` returns in two kinds of process: an exit code in the template, a worker id in each worker (`Fork`).
"""

import gc
import os
import select
import signal
import socket
import sys
import threading
import time

from . import report, signals, unsafe
from .load import LoadFailure, load
from .notify import notify

# Workers end by themselves when the gateway is gone (their helm closes); one that cannot (stuck in native code) is killed.
ORPHAN_SECONDS = 2.0


class Fork:
    """Returned in the new worker. `door`: where it gets descriptors (door.py), or None."""

    def __init__(self, worker_id, loaded, door):
        self.worker_id = worker_id
        self.loaded = loaded
        self.door = door


class Template:
    def __init__(self, channel, boot, porter=None):
        self.channel = channel
        self.porter = porter
        self.boot = boot
        self.options = boot['options']
        self.children = {}
        self.loaded = None
        # Process groups of the gateway's daemons.
        self.groups = []

    def run(self):
        begun = time.monotonic()
        if self.boot.get('preload', True):
            files, threads = unsafe.open_files(), unsafe.count_threads()
            try:
                with Watch(self.channel.socket):
                    self.loaded = load(self.options)
            except LoadFailure as failure:
                self.channel.tell({'failed': failure.facts})
                return 4
            if self.options.get('preload', 'auto') == 'auto':
                reason = unsafe.find(files, threads)
                if reason:
                    self.channel.tell({'unsafe': reason})
                    return 0
            for note in self.loaded.notes:
                report.write(note)
        gc.collect()
        if hasattr(gc, 'freeze'):  # PyPy has none
            gc.freeze()
        self.channel.tell(
            {
                'loaded': True,
                'target': self.loaded.target if self.loaded else None,
                'modules': len(sys.modules),
                'ms': round((time.monotonic() - begun) * 1000),
                'versions': versions(),
            }
        )
        return self.serve()

    def serve(self):
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_read, False)
        os.set_blocking(wake_write, False)
        signal.signal(signal.SIGCHLD, signals.hold)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        poll = select.poll()
        poll.register(self.channel.socket, select.POLLIN)
        poll.register(wake_read, select.POLLIN)
        carries = self.porter.channel.fileno() if self.porter is not None else -1
        if carries >= 0:
            poll.register(carries, select.POLLIN)
        while True:
            self.reap()
            messages, self.channel.early = self.channel.early, []
            if not messages:
                ready = {number for number, _ in poll.poll()}
                if wake_read in ready:
                    drain_pipe(wake_read)
                if carries in ready and not self.porter.carry():
                    poll.unregister(carries)
                if self.channel.socket.fileno() not in ready:
                    continue
                messages = self.channel.hear()
            if messages is None:
                self.bury()
                return 0
            while messages:
                message = messages.pop(0)
                if 'fork' in message:
                    door = self.porter.add(message['fork']) if self.porter is not None else None
                    if self.fork(message['fork']):
                        os.close(wake_read)
                        os.close(wake_write)
                        if self.porter is not None:
                            self.porter.leave()
                        return Fork(message['fork'], self.loaded, door)
                    if door is not None:
                        door.close()
                elif 'groups' in message:
                    self.groups = message['groups']
                elif 'notify' in message:
                    failed = notify(message['notify'])
                    if failed:
                        report.write(failed)
                elif message.get('quit'):
                    self.reap()
                    return 0

    def fork(self, worker_id):
        """True in the child."""
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (AttributeError, OSError, ValueError):
                pass
        signals.ours.stay = True
        try:
            pid = os.fork()
        except OSError as error:
            report.write('worker %d cannot be forked: %s' % (worker_id, error))
            self.channel.tell({'exited': worker_id, 'pid': 0, 'code': 71, 'signal': None})
            return False
        finally:
            signals.ours.stay = False
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self.channel.socket.close()
            return True
        self.children[pid] = worker_id
        self.channel.tell({'forked': worker_id, 'pid': pid})
        return False

    def reap(self):
        for pid in list(self.children):
            try:
                done, status = os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                done, status = pid, 0  # the application's own SIGCHLD handler was quicker
            if done:
                if self.porter is not None:
                    self.porter.remove(self.children[pid])
                by_signal = os.WIFSIGNALED(status)
                self.channel.tell(
                    {
                        'exited': self.children.pop(pid),
                        'pid': pid,
                        'code': None if by_signal else os.WEXITSTATUS(status),
                        'signal': os.WTERMSIG(status) if by_signal else None,
                    }
                )

    def bury(self):
        """The gateway is gone: no worker and no daemon may stay behind."""
        self.signal_groups(signal.SIGTERM)
        deadline = time.monotonic() + ORPHAN_SECONDS
        while (self.children or self.signal_groups(0)) and time.monotonic() < deadline:
            self.reap()
            time.sleep(0.02)
        self.signal_groups(signal.SIGKILL)
        for pid in self.children:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass

    def signal_groups(self, number):
        """False: there are none."""
        there = False
        for group in self.groups:
            try:
                os.killpg(group, number)
                there = True
            except OSError:
                pass
        return there


class Watch:
    """Ends the process if the gateway goes away, or wants it gone, while the application is being imported."""

    def __init__(self, sock):
        self.socket = sock

    def __enter__(self):
        self.wake_read, self.wake_write = os.pipe()
        self.thread = threading.Thread(target=self.watch, name='postern-watch', daemon=True)
        self.thread.start()

    def watch(self):
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        poll.register(self.wake_read, select.POLLIN)
        for number, _ in poll.poll():
            if number == self.wake_read:
                return
            seen = self.socket.recv(4096, socket.MSG_PEEK)
            if not seen or b'"quit"' in seen:
                os._exit(0)

    def __exit__(self, *error):
        os.write(self.wake_write, b'.')
        self.thread.join()
        os.close(self.wake_read)
        os.close(self.wake_write)


def drain_pipe(number):
    try:
        while os.read(number, 4096):
            pass
    except BlockingIOError:
        pass


def versions():
    found = {'python': '%d.%d.%d' % sys.version_info[:3]}
    for name in ('django', 'flask', 'bottle', 'werkzeug'):
        module = sys.modules.get(name)
        version = getattr(module, '__version__', None) if name != 'flask' else None
        if isinstance(version, str):
            found[name] = version
    return found

