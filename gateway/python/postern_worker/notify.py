"""sd_notify: one line for the service manager. Templates send it for the gateway, because Node.js has no Unix datagram sockets.

Run as a file (`python notify.py TEXT`) where there is no template; then it waits until the manager has read it, which has
to see who sent it. Needs nothing else of the package.
"""

import array
import os
import socket
import sys

BARRIER_SECONDS = 5


def target():
    """The manager's address, or None without one."""
    address = os.environ.get('NOTIFY_SOCKET')
    if not address:
        return None
    return '\0' + address[1:] if address[0] == '@' else address


def notify(text):
    """None when it was sent or nobody wants to know, else what is wrong."""
    address = target()
    if address is None:
        return None
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto(text.encode('utf-8'), address)
    except OSError as error:
        return 'the service manager cannot be told %s: %s' % (text.split('\n')[0], error)
    return None


def barrier():
    """systemd closes the pipe's other end when it has read everything before (sd_notify_barrier)."""
    read, write = os.pipe()
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.connect(target())
            rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [write]))
            sender.sendmsg([b'BARRIER=1'], [rights])
        os.close(write)
        import select

        select.select([read], [], [], BARRIER_SECONDS)
    except OSError:
        pass


if __name__ == '__main__':
    failed = notify(sys.argv[1])
    if failed is None and target() is not None:
        barrier()
    if failed is not None:
        sys.exit('postern: ' + failed)
