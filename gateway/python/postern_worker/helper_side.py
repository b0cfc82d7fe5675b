"""What the helper thread does to a lane while the lane's own thread runs the application.

It never waits for a socket: what cannot be sent now is left for the lane's thread, or for the helm (helm.py).
The state and its locks are explained in lane.py.
"""

from socket import MSG_DONTWAIT, MSG_PEEK, SHUT_RD

from .body import StreamBody
from .frames import GAVE_BACK
from .frames import pack_header as _pack_header

# How long the helper waits for a lane that is just parsing. A lane that reads longer has nothing to give back.
PARSING_SECONDS = 0.02


class HelperSide:
    def flush_now(self):
        """Sends what can be sent without waiting; False if the socket is full and something is left."""
        out = self.out
        while out:
            if not self.writing.acquire(False):
                return True  # the lane's thread is sending and looks again
            try:
                items = [out.popleft() for _ in range(len(out))]
                data = b''.join(items)
                try:
                    sent = self.socket.send(data, MSG_DONTWAIT)
                except BlockingIOError:
                    sent = 0
                except OSError:
                    return True  # closed; the lane's thread will notice
                if sent < len(data):
                    rest = []
                    for item in items:
                        if sent < len(item):
                            rest.append(item[sent:])
                        sent = max(0, sent - len(item))
                    out.extendleft(reversed(rest))
                    return False
            finally:
                self.writing.release()
        return True

    def give_back(self):
        """Returns every request that has not started to the gateway.

        (True if all could be sent, numbers that must go by the helm because the lane's socket is full).
        """
        given = []
        if self.reading.acquire(timeout=PARSING_SECONDS):
            try:
                self.read_rest()
                while self.pending:
                    try:
                        last = self.pending[-1]
                        if last[2].__class__ is StreamBody:
                            break  # its body is on the way here; it can only run here
                        given.append(self.pending.pop()[0])
                    except IndexError:
                        break
            finally:
                self.reading.release()
        return self.send_given(given)

    def send_given(self, given):
        """Behind a response that a slow client takes, GAVE_BACK would wait with it: then it goes by the helm."""
        notes = [_pack_header(0, request_id, GAVE_BACK, 0, 0) for request_id in given]
        self.out.extend(notes)
        done = self.flush_now()
        stuck = [request_id for request_id, note in zip(given, notes) if self.out and self.withdraw(note)]
        return done, stuck

    def withdraw(self, note):
        """Takes a frame back that nobody has begun to send."""
        while True:
            try:
                self.out.remove(note)
                return True
            except ValueError:
                return False
            except (IndexError, RuntimeError):
                continue  # the lane's thread took something meanwhile

    def read_rest(self):
        """With `reading` held: takes in what the gateway has already sent."""
        while True:
            if self.begin == self.end:
                self.begin = self.end = 0
            elif self.end == len(self.buffer):
                self.make_room()
            try:
                count = self.socket.recv_into(self.view[self.end :], 0, MSG_DONTWAIT)
            except OSError:
                return
            if not count:
                return
            self.end += count
            self.parse()

    def cancel(self, request_id):
        """The client left. A waiting request is given back, a running one stops at its next chunk."""
        while True:
            try:
                waiting = [item for item in self.pending if item[0] == request_id]
                if waiting:
                    self.pending.remove(waiting[0])
                    return self.send_given([request_id])
                break
            except (RuntimeError, IndexError, ValueError):
                continue  # the lane's thread took one meanwhile
        response = self.response
        if response is not None and response.request_id == request_id:
            response.cancelled = True
        return self.flush_now(), []

    def drain(self):
        """Ends the lane once what it already has is done; wakes it if it is idle."""
        self.draining = True
        if self.idle:
            try:
                self.socket.recv(1, MSG_DONTWAIT | MSG_PEEK)
            except BlockingIOError:
                try:
                    self.socket.shutdown(SHUT_RD)
                except OSError:
                    pass
            except OSError:
                pass
