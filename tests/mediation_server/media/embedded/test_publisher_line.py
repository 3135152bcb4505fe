"""A line upwards that becomes narrow: looked at until that is sure; lost pictures come back by a key frame."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from mediation_server.media.embedded import publisher_line
from mediation_server.media.embedded.limits import MS, SECOND, Limits
from mediation_server.media.embedded.publisher_line import PublisherLine
from mediation_server.media.embedded.reception import Reception
from mediation_server.media.engine import Kind

RATE = 90_000
SIZE = 1_000  # bytes of a packet
TICK = 100 * MS


@dataclass(eq=False)
class Stream:
    """A camera's packets as they arrive, and how often a key frame was asked for."""

    codec: object = field(default_factory=lambda: SimpleNamespace(kind=Kind.VIDEO))
    watched: bool = True
    asked: int = 0
    sequence: int = 0
    reception: Reception = field(default_factory=lambda: Reception(Limits(), RATE))

    def request_key_frame(self, now):
        assert now
        self.asked += 1

    def arrive(self, now, late=0, *, skipped=0):
        self.sequence += 1 + skipped
        self.reception.accept(self.sequence, now, usable=True)
        self.reception.timed((now - late) * RATE // SECOND, now)


class Line:
    """A line of two cameras; looks between the ticks are taken when told to."""

    def __init__(self):
        self.now, self.told, self.bytes_in = SECOND, [], 0
        self.streams = [Stream(), Stream()]
        self.looks = []
        self.line = PublisherLine(lambda: self.now, lambda: self.streams, lambda: self.bytes_in, self.told.append)

    def call_later(self, _, look, *given):
        def due():
            look(*given)

        self.looks.append(due)
        return SimpleNamespace(cancel=lambda: self.looks.remove(due) if due in self.looks else None)

    def arrive(self, late=0, **given):
        self.streams[0].arrive(self.now, late, **given)
        self.bytes_in += SIZE

    def tick(self, packets, late=0):
        for _ in range(packets):
            self.now += TICK // packets
            self.arrive(late)
        self.line.tick(self.now)

    def look(self):
        """The next look, 30 ms later; whether there was one."""
        self.now += 30 * MS
        taken = [self.looks.pop()] if self.looks else []
        for look in taken:
            look()
        return bool(taken)


@pytest.fixture
def line(monkeypatch):
    made = Line()
    monkeypatch.setattr(publisher_line.asyncio, "get_running_loop", lambda: made)
    for _ in range(3):
        for _ in range(10):
            made.tick(20)
        made.streams[0].reception.report()
    assert not made.looks
    return made


def narrowed(line):
    """It has become narrow, and that has been seen."""
    line.tick(1, late=30 * MS)
    for late in (60, 120):
        line.arrive(late * MS)
        line.arrive(late * MS)
        line.look()
    assert len(line.told) == 1


def test_a_line_that_brings_little_is_looked_at_until_it_is_sure(line):
    line.tick(1, late=30 * MS)
    for late in (40, 60, 70):
        line.arrive(late * MS)
        assert line.look()
        assert line.told == []
    line.arrive(90 * MS)
    assert line.look()
    (told,) = line.told
    assert 40_000 <= told < 20 * SIZE * 8 * 10 // 4
    assert line.line.late(line.now) == pytest.approx(90 * MS, abs=MS)
    assert not line.looks


def test_where_nothing_is_late_it_is_looked_at_for_two_ticks_and_no_longer(line):
    line.tick(1)
    looks = 0
    while looks < 20 and line.look():
        looks += 1
        line.arrive()
    assert 200 <= 30 * looks <= 250
    assert line.told == []


def test_what_was_looked_at_is_over_when_the_line_is_closed(line):
    line.tick(1)
    line.tick(1)
    assert len(line.looks) == 1
    line.line.close()
    assert not line.look()


def test_once_it_is_known_that_more_is_lost_than_comes_nobody_looks_any_closer(line):
    line.tick(1)
    line.arrive(skipped=30)
    line.tick(1)
    assert len(line.told) == 1
    assert line.look()
    assert not line.looks


def test_while_the_queue_goes_no_lost_picture_is_asked_for_then_one_key_frame_of_what_was_torn(line):
    narrowed(line)
    seen, other = line.streams
    line.arrive(120 * MS, skipped=3)
    assert line.line.filling(line.now)
    assert line.line.full(line.now)
    for _ in range(9):
        line.tick(1, late=100 * MS)
        assert not line.looks, "it has been told, and what was sent before it is still under way"
    assert not seen.reception.gaps
    assert (seen.asked, other.asked) == (0, 0)
    for _ in range(4):
        line.tick(2)
    assert not line.line.filling(line.now)
    assert (seen.asked, other.asked) == (1, 0)


def test_nobody_asks_for_a_key_frame_of_what_nobody_looks_at(line):
    narrowed(line)
    line.streams[0].watched = False
    line.arrive(120 * MS, skipped=3)
    for _ in range(14):
        line.tick(2)
    assert line.streams[0].asked == 0


def test_a_line_that_lost_nothing_while_it_became_narrow_needs_no_key_frame(line):
    narrowed(line)
    for _ in range(14):
        line.tick(2)
    assert line.streams[0].asked == 0


def test_how_late_everything_is_matters_no_more_when_what_waited_has_gone(line):
    narrowed(line)
    for _ in range(12):
        line.tick(2, late=100 * MS)
    assert line.line.late(line.now) == pytest.approx(100 * MS, abs=MS)
    line.tick(2, late=40 * MS)
    assert line.line.late(line.now) == 0
    assert not line.line.full(line.now)


def test_however_late_all_stays_pictures_are_asked_for_again_two_seconds_later(line):
    narrowed(line)
    for _ in range(20):
        line.tick(2, late=100 * MS)
    assert line.line.late(line.now) == 0
    assert not line.line.full(line.now)


def test_in_bad_weather_what_is_missing_is_asked_for_as_ever(line):
    line.tick(1, late=30 * MS)
    for late in (60, 120):
        line.arrive(late * MS, skipped=2)
        line.arrive(late * MS)
        line.look()
    assert len(line.told) == 1
    assert not line.line.filling(line.now)
    line.tick(2, late=100 * MS)
    assert line.streams[0].reception.gaps
    assert line.line.late(line.now) == 0
