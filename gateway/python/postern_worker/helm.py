"""The helper thread: hears the gateway while the application runs. Gives back, flushes, cancels, drains, shows stacks.

It sleeps in poll(2) until the gateway speaks, so an idle worker costs nothing. End of file means that the gateway
is gone: the process ends at once, whatever the application is doing.
"""

import os
import select
import socket
import sys
import threading
import traceback

from .channel import Channel
from .report import request_line


def open_helm(path, worker_id, token):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.connect(path)
    channel = Channel(sock)
    channel.tell({'helm': worker_id, 'token': token, 'pid': os.getpid()})
    return channel


class Helm:
    def __init__(self, channel):
        self.channel = channel
        self.lanes = []
        # Lanes whose socket was full when something finished had to be sent.
        self.stuck = set()
        self.poll = select.poll()
        self.poll.register(channel.socket, select.POLLIN)
        self.draining = False

    def start(self):
        threading.Thread(target=self.run, name='postern-helm', daemon=True).start()

    def run(self):
        helm = self.channel.socket.fileno()
        try:
            while True:
                ready = {number for number, _ in self.poll.poll()}
                for lane in list(self.stuck):
                    if lane.socket.fileno() in ready or lane.socket.fileno() < 0:
                        self.settle(lane, lane.flush_now())
                if helm in ready:
                    messages = self.channel.hear()
                    if messages is None:
                        break
                    for message in messages:
                        self.obey(message)
        except BaseException:
            traceback.print_exc()
        os._exit(0)

    def obey(self, message):
        if 'give_back' in message:
            lane = self.lane(message['give_back'])
            if lane is not None:
                self.settle(lane, *lane.give_back())
        elif 'cancel' in message:
            lane = self.lane(message['cancel'])
            if lane is not None:
                self.settle(lane, *lane.cancel(message['id']))
        elif message.get('drain'):
            self.draining = True
            for lane in self.lanes:
                lane.drain()
        elif message.get('rss'):
            self.channel.tell({'rss': resident_bytes()})
        elif message.get('stacks'):
            answer = {'stacks': self.stacks()}
            if 'slot' in message:
                answer['slot'] = message['slot']
            self.channel.tell(answer)

    def lane(self, index):
        return self.lanes[index] if 0 <= index < len(self.lanes) else None

    def settle(self, lane, sent, given=()):
        """Watches a full socket until what is finished has left; says by the helm what could not be said there."""
        if given:
            self.channel.tell({'gave_back': lane.index, 'ids': list(given)})
        number = lane.socket.fileno()
        if sent or number < 0:
            if lane in self.stuck:
                self.stuck.discard(lane)
                try:
                    self.poll.unregister(number)
                except (KeyError, ValueError):
                    pass
        elif lane not in self.stuck:
            self.stuck.add(lane)
            self.poll.register(number, select.POLLOUT)

    def stacks(self):
        """What every thread is doing, lanes with their requests first."""
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        own = threading.get_ident()
        busy = {lane.thread: lane for lane in self.lanes if lane.response is not None}
        parts = []
        frames = sys._current_frames()
        for ident in sorted(frames, key=lambda ident: ident not in busy):
            if ident == own:
                continue
            lane = busy.get(ident)
            doing = ''
            if lane is not None:
                response = lane.response
                doing = ', lane %d' % lane.index
                if response is not None:
                    doing += ', serving %s' % request_line(response.environ)
                if lane.closing_since is not None:
                    doing += ', in close() of the response'
            parts.append('Thread %s%s:\n%s' % (names.get(ident, ident), doing, ''.join(traceback.format_stack(frames[ident]))))
        return '\n'.join(parts)


def resident_bytes():
    """This process's resident memory."""
    try:
        with open('/proc/self/statm', 'rb') as facts:
            return int(facts.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')
    except OSError:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == 'darwin' else peak * 1024
