"""Finished responses that are not sent yet, where the gateway finds them if this process dies (docs/wire.md, started file).

Small responses wait for company while more requests are on the lane. If the next one takes the process down, the ones
before it are complete all the same: the gateway answers them from here. Bytes that were sent meanwhile do no harm,
because the gateway knows which requests it has answered.
"""

# Bytes per lane. What does not fit is sent instead.
KEPT_SIZE = 16384


class Kept:
    def __init__(self, lengths, memory, index):
        self.lengths = lengths
        self.memory = memory
        self.index = index
        self.end = 0

    def add(self, frame):
        """False: no room, send what is finished first."""
        begin = self.end
        end = begin + len(frame)
        if end > KEPT_SIZE:
            return False
        self.memory[begin:end] = frame
        self.end = self.lengths[self.index] = end
        return True

    def clear(self):
        # The length first: a half overwritten frame must never look like one.
        self.end = self.lengths[self.index] = 0


def open_kept(memory, index, threads):
    """The place of one lane; None when the gateway made no room for it."""
    start = 16 * threads + index * KEPT_SIZE
    if len(memory) < start + KEPT_SIZE:
        return None
    return Kept(memory[4 * threads : 8 * threads].cast('I'), memory[start : start + KEPT_SIZE], index)
