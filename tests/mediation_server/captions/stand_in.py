"""A stand-in for a speech engine, in the real child process over the real pipe: it tells tones apart, and no words.

Whatever it hears until somebody pauses it calls "TONE <hundreds of Hz>". A tone of 3,000 Hz kills it, one of 2,000 Hz
makes it hang, one of 1,500 Hz makes it talk nonsense: the faults of a real engine, at will.
"""

import os
import sys
import time

import numpy as np

from mediation_server.captions.child import serve
from mediation_server.captions.engine import RATE, Heard

WINDOW = 320
DEADLY, LAMING, CONFUSING = 3000, 2000, 1500


class StandIn:
    def voice(self):
        return Tones()


class Tones:
    def __init__(self):
        self.at, self.since, self.loud = 0, 0, []

    def hear(self, sound):
        samples = np.frombuffer(sound, dtype=np.int16)
        for start in range(0, len(samples), WINDOW):
            yield from self.window(samples[start : start + WINDOW])

    def window(self, samples):
        first, self.at = self.at, self.at + len(samples)
        if np.abs(samples).max() < 2000:
            yield from self.finish()
            return
        if not self.loud:
            self.since = first
        self.loud.append(samples)
        if self.hertz in (DEADLY, LAMING, CONFUSING) and len(self.loud) > 5:
            misbehave(self.hertz)
        if len(self.loud) == 10:
            yield Heard(self.since, self.at, f"tone {self.hertz}", final=False)

    def finish(self):
        if len(self.loud) > 5:
            yield Heard(self.since, self.at, f"TONE {self.hertz}")
        self.loud.clear()

    @property
    def hertz(self):
        heard = np.concatenate(self.loud)
        return round(np.count_nonzero(np.diff(np.signbit(heard))) * RATE / len(heard) / 200) * 100


def misbehave(hertz):
    if hertz == DEADLY:
        os._exit(3)
    if hertz == LAMING:
        time.sleep(600)
    sys.stdout.write('{"voice":0,"line":1,"text":["nonsense"]}\n')
    sys.stdout.flush()


if __name__ == "__main__":
    serve(StandIn(), sys.stdin.buffer, sys.stdout.buffer)
