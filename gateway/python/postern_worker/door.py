"""How descriptors of the peers' connections come here: gateway -> template (Node's IPC channel) -> worker (a datagram each).

Node.js passes a descriptor only along its own channel, as a JSON line that has to be acknowledged; the template sorts
them by worker. Knows nothing of what is written to them (direct.py).
"""

import array
import json
import os
import socket
from struct import Struct

# The template's end of Node's channel.
CHANNEL_FD = 4
ACKNOWLEDGED = b'{"cmd":"NODE_HANDLE_ACK"}\n'

_place = Struct('<HI')
_ROOM = socket.CMSG_SPACE(array.array('i').itemsize)
_FLAGS = socket.MSG_DONTWAIT | getattr(socket, 'MSG_CMSG_CLOEXEC', 0)


def open_channel():
    """Node's channel, or None if the gateway opened none. What it says in the environment is not for the application."""
    os.environ.pop('NODE_CHANNEL_SERIALIZATION_MODE', None)
    if os.environ.pop('NODE_CHANNEL_FD', None) != str(CHANNEL_FD):
        return None
    os.set_inheritable(CHANNEL_FD, False)
    return socket.socket(fileno=CHANNEL_FD)


class Porter:
    """In the template: takes descriptors from the gateway and hands each to its worker."""

    def __init__(self, channel):
        self.channel = channel
        self.rest = b''
        self.carried = []
        # The template's ends, by worker id.
        self.doors = {}

    def add(self, worker_id):
        """Before the fork: both ends, the second being the worker's."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.doors[worker_id] = ours
        return theirs

    def remove(self, worker_id):
        door = self.doors.pop(worker_id, None)
        if door is not None:
            door.close()

    def carry(self):
        """What the channel has now. False: it is closed."""
        try:
            data, descriptors = receive(self.channel, 65536)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self.carried.extend(descriptors)
        if not data:
            return False
        lines = (self.rest + data).split(b'\n')
        self.rest = lines.pop()
        for line in lines:
            said = json.loads(line)
            if said.get('cmd') != 'NODE_HANDLE':
                continue
            if self.carried:  # without one there was no room for another open file here
                self.hand_on(said['msg'], self.carried.pop(0))
            try:
                self.channel.sendall(ACKNOWLEDGED)
            except OSError:
                return False
        return True

    def hand_on(self, place, fd):
        """A worker that has gone, or takes nothing in, does without."""
        door = self.doors.get(place['worker'])
        try:
            if door is not None:
                door.sendmsg(
                    [_place.pack(place['lane'], place['connection'])],
                    [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [fd]))],
                    socket.MSG_DONTWAIT,
                )
        except OSError:
            pass
        finally:
            os.close(fd)

    def leave(self):
        """In a new worker: these are the template's."""
        self.channel.close()
        for door in self.doors.values():
            door.close()


class Door:
    """In the worker: puts what arrives where its lane finds it."""

    def __init__(self, sock, lanes):
        self.socket = sock
        self.lanes = lanes
        # Connections that were closed before their descriptor came.
        self.too_late = set()

    def take_in(self):
        while self.socket is not None:
            try:
                data, descriptors = receive(self.socket, _place.size)
            except OSError:
                return
            if not data:
                return
            for fd in descriptors:
                index, number = _place.unpack(data)
                if number in self.too_late or index >= len(self.lanes) or number in self.lanes[index].connections:
                    self.too_late.discard(number)
                    os.close(fd)
                else:
                    widen(fd)
                    self.lanes[index].connections[number] = fd


def receive(sock, size):
    """Bytes and descriptors, without waiting."""
    data, extra, _, _ = sock.recvmsg(size, _ROOM, _FLAGS)
    descriptors = array.array('i')
    for level, kind, content in extra:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(content[: len(content) - len(content) % descriptors.itemsize])
    return data, list(descriptors)


# Bytes on their way to the peer; the kernel gives what net.core.wmem_max allows. A large answer takes fewer turns.
SEND_BUFFER = 1 << 20


def widen(fd):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fileno=fd)
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    except OSError:
        pass
    finally:
        connection.detach()
