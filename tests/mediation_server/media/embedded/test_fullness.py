"""A publisher's line that becomes full or slow: seen at once; an outage, bad weather and another order are neither."""

from dataclasses import dataclass, field

from mediation_server.media.embedded.fullness import Fullness
from mediation_server.media.embedded.limits import MS, SECOND

TICK = 100 * MS
SIZE = 1_000  # bytes of a packet


@dataclass
class Line:
    """Looks at a line over which so many packets are sent in a tick."""

    size: int = SIZE
    now: int = 0
    holes: int = 0
    came: int = 0
    fullness: Fullness = field(default_factory=Fullness)

    def run(self, ticks, sent, carried):
        """Of `sent` packets of each tick so many are carried; what was found to come through at each tick."""
        found = []
        for _ in range(ticks):
            self.now += TICK
            self.came += carried
            self.holes += (sent - carried) if carried else 0  # what is missing shows by what comes after it
            self.fullness.look(self.holes, self.came, self.came * self.size, self.now)
            found.append(self.fullness.collapsed())
        return found

    def closer(self, more):
        """Half a tick later, when so many more packets have come."""
        return self.fullness.slow(self.came + more, (self.came + more) * self.size, self.now + TICK // 2)


def line(size=SIZE):
    made = Line(size)
    assert made.run(20, 15, 15) == [0] * 20
    assert not made.fullness.slowed
    return made


def test_what_comes_through_is_found_in_two_tenths_of_a_second():
    found = line().run(4, 15, 3)
    assert any(found[:2])
    assert found[-1] == 3 * SIZE * 8 * 10


def test_after_an_outage_nothing_is_found():
    for out in (2, 5, 30):
        broken = line()
        broken.run(out, 15, 0)
        assert not broken.fullness.slowed
        broken.holes += 15 * out  # shows with the first packet after it
        assert broken.run(20, 15, 15) == [0] * 20
        broken.run(out, 15, 0)
        broken.holes += 15 * out
        assert broken.run(20, 3, 3) == [0] * 20, "the sender may have less to say after it"


def test_what_comes_in_another_order_is_no_full_line():
    shuffled = line()
    for _ in range(30):
        shuffled.holes += 40  # one packet that overtook forty, which come all the same
        assert shuffled.run(1, 15, 15) == [0]
        shuffled.holes -= 40
        assert shuffled.run(1, 15, 15) == [0]


def test_bad_weather_is_no_full_line():
    assert line().run(50, 15, 10) == [0] * 50


def test_a_line_that_is_full_is_so_until_a_second_after():
    narrow = line()
    narrow.run(6, 15, 3)
    assert narrow.fullness.full
    narrow.run(8, 15, 15)
    assert narrow.fullness.full
    narrow.run(8, 15, 15)
    assert not narrow.fullness.full
    assert not narrow.fullness.filling(narrow.holes, narrow.came)
    assert narrow.fullness.filling(narrow.holes + 20, narrow.came + 3)
    assert narrow.now < 10 * SECOND


def test_a_line_that_brings_a_fifth_before_anything_is_lost_is_looked_at_closer():
    narrow = line()
    assert narrow.run(1, 2, 2) == [0]
    assert narrow.fullness.slowed
    assert narrow.closer(more=1) == 3 * SIZE * 8 * SECOND // (150 * MS)


def test_what_comes_all_at_once_after_a_moment_without_a_line_is_not_slow():
    held_up = line()
    held_up.run(1, 1, 1)
    assert held_up.fullness.slowed
    assert not held_up.closer(more=14)


def test_a_line_of_which_one_packet_came_may_be_no_line():
    held_up = line()
    held_up.run(1, 1, 1)
    assert not held_up.closer(more=0)
    assert held_up.closer(more=1)


def test_a_voice_alone_is_no_slow_line():
    voice = line(size=100)
    voice.run(1, 2, 2)
    assert not voice.fullness.slowed
