"""A gateway for the worker's tests: starts a template, plays the gateway's side of docs/wire.md, keeps what it hears."""

import json
import marshal
import os
import queue
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PACKAGE_ROOT = os.path.join(ROOT, 'gateway', 'python')
APPS = os.path.join(ROOT, 'test', 'python', 'apps')
if PACKAGE_ROOT not in sys.path:
    sys.path.insert(0, PACKAGE_ROOT)

from postern_worker import frames  # noqa: E402

TOKEN = '0123456789abcdef0123456789abcdef'
PATIENCE = 20


def hang_up(sock):
    """Closes now, even while a thread of ours reads from it."""
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    sock.close()


class Lines:
    """One JSON-lines peer; `expect` waits for a message that has the key."""

    def __init__(self, sock, rest=b''):
        self.socket = sock
        self.messages = queue.Queue()
        self.rest = rest
        self.kept = []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        rest = self.rest
        while True:
            *lines, rest = rest.split(b'\n')
            for line in lines:
                self.messages.put(json.loads(line))
            try:
                data = self.socket.recv(65536)
            except OSError:
                data = b''
            if not data:
                self.messages.put(None)
                return
            rest += data

    def tell(self, message):
        self.socket.sendall(json.dumps(message).encode() + b'\n')

    def expect(self, *keys):
        for message in self.kept:
            if any(key in message for key in keys):
                self.kept.remove(message)
                return message
        while True:
            message = self.messages.get(timeout=PATIENCE)
            if message is None:
                raise AssertionError('the peer hung up; waited for %s, kept %r' % (keys, self.kept))
            if any(key in message for key in keys):
                return message
            self.kept.append(message)

    def expect_end(self):
        while self.messages.get(timeout=PATIENCE) is not None:
            pass


class Answer:
    """What came back for one request."""

    def __init__(self):
        self.head = None
        self.body = b''
        self.ended = False
        self.aborted = None
        self.gave_back = False
        self.informed = []
        self.logvars = None
        self.frames = []
        self.done = threading.Event()
        self.began = threading.Event()
        self.closed = threading.Event()

    def wait(self):
        if not self.done.wait(PATIENCE):
            raise AssertionError('no end of the response; so far %r' % (self.frames,))
        return self

    @property
    def status(self):
        return self.head.split(b'\r\n')[0].decode('latin-1')

    @property
    def headers(self):
        lines = self.head.split(b'\r\n')[1:-2]
        return [tuple(line.decode('latin-1').split(': ', 1)) for line in lines]

    def header(self, name):
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        return found[0] if found else None


class FakeLane:
    def __init__(self, sock):
        self.socket = sock
        self.answers = {}
        self.last = 0
        self.closed = threading.Event()
        self.paused = threading.Event()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        data = b''
        while True:
            while len(data) >= 12:
                length, request_id, kind, flags, aux = frames.HEADER.unpack_from(data)
                if len(data) < 12 + length:
                    break
                payload, data = data[12 : 12 + length], data[12 + length :]
                self.hear(self.answers[request_id], kind, flags, aux, payload)
            while self.paused.is_set():
                if self.closed.wait(0.01):
                    return
            try:
                more = self.socket.recv(1 << 20)
            except OSError:
                more = b''
            if not more:
                self.closed.set()
                for answer in self.answers.values():
                    answer.done.set()
                return
            data += more

    def hear(self, answer, kind, flags, aux, payload):
        answer.frames.append((kind, flags, len(payload)))
        if kind == frames.RESPONSE:
            assert answer.head is None, 'two heads'
            answer.head, answer.body = payload[:aux], payload[aux:]
            answer.began.set()
        elif kind == frames.MORE:
            assert answer.head is not None and not answer.ended
            answer.body += payload
        elif kind == frames.CLOSED:
            assert answer.ended
            answer.closed.set()
        elif kind == frames.ABORT:
            answer.aborted = payload.decode('utf-8')
        elif kind == frames.GAVE_BACK:
            answer.gave_back = True
        elif kind == frames.INFORM:
            answer.informed.append(payload)
        elif kind == frames.LOGVARS:
            answer.logvars = json.loads(payload)
        if kind in (frames.RESPONSE, frames.MORE) and flags & frames.END:
            answer.ended = True
        if answer.ended or kind in (frames.ABORT, frames.GAVE_BACK):
            answer.done.set()

    def pack(self, environ, body=b'', stream=0):
        """A REQUEST frame and the Answer it will get."""
        self.last += 1
        answer = self.answers[self.last] = Answer()
        answer.id = self.last
        payload = marshal.dumps(environ, 2)
        payload = struct.pack('<II', len(payload), 0) + payload + body
        return frames.pack_frame(self.last, frames.REQUEST, stream, payload), answer

    def request(self, environ, body=b'', stream=0):
        data, answer = self.pack(environ, body, stream)
        self.socket.sendall(data)
        return answer

    def body(self, answer, data, end=False):
        self.socket.sendall(frames.pack_frame(answer.id, frames.BODY, frames.END if end else 0, data))

    def fail_body(self, answer, reason):
        self.socket.sendall(frames.pack_frame(answer.id, frames.BODY_FAILED, 0, reason.encode()))


class FakeWorker:
    def __init__(self, worker_id):
        self.id = worker_id
        self.pid = None
        self.helm = None
        self.lanes = {}


class FakeGateway:
    """`with FakeGateway(module='x') as gateway:` boots a template; `fork` makes a ready worker."""

    def __init__(self, python=sys.executable, preload=True, mode=None, **options):
        self.folder = tempfile.mkdtemp(prefix='postern-test-')
        self.options = {name.replace('_', '-'): value for name, value in options.items()}
        self.options.setdefault('chdir', APPS)
        self.options.setdefault('threads', 1)
        if mode is not None:
            self.options['preload'] = mode
        self.options.setdefault('processes', 1)
        self.workers = {}
        self.arrived = queue.Queue()
        self.lane_came = queue.Queue()
        self.server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.server.bind(os.path.join(self.folder, 'lanes.sock'))
        self.server.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()
        ours, theirs = socket.socketpair()
        environ = dict(os.environ, PYTHONPATH=PACKAGE_ROOT, PYTHONDONTWRITEBYTECODE='1')

        def place():
            os.dup2(theirs.fileno(), 3, inheritable=True)

        # The dup2 in the child needs a descriptor that is not 3 already.
        self.log_path = os.path.join(self.folder, 'log')
        with open(self.log_path, 'wb') as log:
            self.process = subprocess.Popen(
                [python, '-m', 'postern_worker'], env=environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                close_fds=False, preexec_fn=place,
            )  # fmt: skip
        theirs.close()
        self.channel = Lines(ours)
        boot = {
            'options': self.options,
            'lanes': os.path.join(self.folder, 'lanes.sock'),
            'token': TOKEN,
            'generation': 1,
            'started': os.path.join(self.folder, 'started'),
            'preload': preload,
        }
        self.channel.tell({'boot': boot})

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        for worker in self.workers.values():
            for peer in [worker.helm] * (worker.helm is not None) + list(worker.lanes.values()):
                hang_up(peer.socket)
        hang_up(self.channel.socket)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        hang_up(self.server)
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self):
        with open(self.log_path, encoding='utf-8') as log:
            return log.read()

    def accept(self):
        while True:
            try:
                sock, _ = self.server.accept()
            except OSError:
                return
            start = b''
            while len(start) < 42 and b'\n' not in start:
                start += sock.recv(42 - len(start))
            if start.startswith(b'LANE'):
                assert start[4:36] == TOKEN.encode()
                worker_id, index = struct.unpack('<IH', start[36:42])
                self.workers[worker_id].lanes[index] = FakeLane(sock)
                self.lane_came.put(index)
            else:
                helm = Lines(sock, start)
                hello = helm.expect('helm')
                assert hello['token'] == TOKEN
                worker = self.workers[hello['helm']]
                worker.pid, worker.helm = hello['pid'], helm
                self.arrived.put(worker)

    def start_fork(self, worker_id):
        with open('%s.%d' % (os.path.join(self.folder, 'started'), worker_id), 'wb') as file:
            file.write(b'\0' * 16 * self.options['threads'])
        self.workers[worker_id] = FakeWorker(worker_id)
        self.channel.tell({'fork': worker_id})
        self.channel.expect('forked')
        return self.arrived.get(timeout=PATIENCE)

    def fork(self, worker_id=1):
        """A worker that is ready."""
        worker = self.start_fork(worker_id)
        worker.helm.expect('ready')
        for _ in range(self.options['threads']):
            self.lane_came.get(timeout=PATIENCE)
        return worker

    def started(self, worker_id=1):
        with open('%s.%d' % (os.path.join(self.folder, 'started'), worker_id), 'rb') as file:
            data = file.read()
        return struct.unpack('<%dI' % (len(data) // 4), data)[: self.options['threads']]


def environ(path='/', method='GET', query='', **more):
    found = {
        'REQUEST_METHOD': method,
        'SCRIPT_NAME': '',
        'PATH_INFO': path,
        'QUERY_STRING': query,
        'REQUEST_URI': path + ('?' + query if query else ''),
        'SERVER_NAME': 'localhost',
        'SERVER_PORT': '80',
        'SERVER_PROTOCOL': 'HTTP/1.1',
        'REMOTE_ADDR': '127.0.0.1',
        'HTTP_HOST': 'localhost',
        'wsgi.url_scheme': 'http',
    }
    found.update(more)
    return found
