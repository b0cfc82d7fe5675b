"""A worker as it sees itself: a helm, a lane for each thread, the application. Returns its exit code when it is drained."""

import gc
import io
import mmap
import os
import socket
import sys
import threading

from . import engine, frames, keep, report
from .door import Door
from .files import FileWrapper
from .helm import Helm, open_helm
from .lane import Lane
from .load import LoadFailure, load


class Worker:
    def __init__(self, boot, fork):
        self.boot = boot
        self.options = boot['options']
        self.worker_id = fork.worker_id
        self.loaded = fork.loaded
        self.sockets = []
        self.lanes = []
        self.door = Door(fork.door, self.lanes)
        if fork.door is not None:
            self.sockets.append(fork.door)

    def run(self):
        channel = open_helm(self.boot['lanes'], self.worker_id, self.boot['token'])
        self.sockets.append(channel.socket)
        # Processes the application forks must not keep the gateway's connections open after this one's end.
        os.register_at_fork(after_in_child=self.leave)
        helm = Helm(channel)
        helm.start()
        shim = sys.modules.get('postern_worker.uwsgi_module')
        if self.loaded is None:
            try:
                self.loaded = load(self.options)
            except LoadFailure as failure:
                channel.tell({'failed': failure.facts})
                return 4
            for note in self.loaded.notes:
                report.write(note)
            gc.collect()
            if hasattr(gc, 'freeze'):
                gc.freeze()
            shim = sys.modules.get('postern_worker.uwsgi_module')
        threads = max(1, self.options.get('threads') or 1)
        started = self.map_started(threads)
        lanes = self.lanes
        lanes.extend([self.open_lane(index) for index in range(threads)])
        answering = self.memory[8 * threads : 12 * threads].cast('I')
        answered = self.memory[12 * threads : 16 * threads].cast('I')
        for lane in lanes:
            lane.door = self.door
            lane.answering, lane.answered = answering, answered
            lane.kept = keep.open_kept(self.memory, lane.index, threads)
            lane.shows_failures = bool(self.options.get('catch-exceptions'))
        helm.lanes = lanes
        if shim is not None:
            shim.enter_worker(self.worker_id, channel, lanes)
        channel.tell({'ready': True})
        constants = self.constants(threads)
        others = [
            threading.Thread(target=self.serve, args=(lane, constants, started), name='postern-lane-%d' % lane.index)
            for lane in lanes[1:]
        ]
        for thread in others:
            thread.daemon = True
            thread.start()
        self.serve(lanes[0], constants, started)
        for thread in others:
            thread.join()
        return 0

    def serve(self, lane, constants, started):
        lane.thread = threading.get_ident()
        try:
            engine.serve(lane, self.loaded.app, constants, started)
        except frames.WireError as error:
            report.write('worker %d, lane %d: %s' % (self.worker_id, lane.index, error))
            os._exit(70)
        finally:
            lane.socket.close()

    def open_lane(self, index):
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.connect(self.boot['lanes'])
        sock.sendall(frames.pack_preamble(self.boot['token'], self.worker_id, index))
        self.sockets.append(sock)
        return Lane(sock, index, self.options.get('body-files'))

    def map_started(self, threads):
        """The slots in which the gateway sees, after a death, what had begun (and, see keep.py, what was finished)."""
        with open('%s.%d' % (self.boot['started'], self.worker_id), 'r+b') as file:
            self.mapped = mmap.mmap(file.fileno(), 0)
        self.memory = memoryview(self.mapped)
        return self.memory[: 4 * threads].cast('I')

    def constants(self, threads):
        """What every request's environ has besides what the gateway wrote."""
        return {
            'wsgi.version': (1, 0),
            'wsgi.errors': sys.stderr if sys.stderr is not None else io.StringIO(),
            'wsgi.multithread': threads > 1,
            'wsgi.multiprocess': (self.options.get('processes') or 1) > 1
            or os.environ.get('POSTERN_GATEWAYS', '1') != '1',
            'wsgi.run_once': False,
            'wsgi.input_terminated': True,
            'wsgi.file_wrapper': FileWrapper,
        }

    def leave(self):
        for sock in self.sockets:
            try:
                os.close(sock.detach())
            except OSError:
                pass
        for lane in self.lanes:
            while lane.connections:
                os.close(lane.connections.popitem()[1])
