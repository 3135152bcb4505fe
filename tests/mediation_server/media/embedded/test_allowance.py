"""What a publisher may send whose line became narrow: little, then more until a queue grows, and at last everything."""

from mediation_server.media.embedded.allowance import LATE, Allowance
from mediation_server.media.embedded.limits import MS, SECOND

TICK = 100 * MS
LEAST = 40_000


class Line:
    """A line that carries so much, and in front of it a queue, which is how late everything comes."""

    def __init__(self, through, queue=400 * MS):
        self.allowance = Allowance()
        self.now = SECOND
        self.queue = queue
        self.told = [self.allowance.narrowed(through, self.now)]
        self.through = through

    def run(self, ticks, longer=0):
        """What was told at each tick; `longer`: so many ns all the time, whatever is sent."""
        told = []
        for _ in range(ticks):
            self.now += TICK
            sent = self.told[-1]
            self.queue = min(400 * MS, max(0, self.queue + TICK * (sent - self.through) // self.through))
            came = self.through if self.queue else min(sent, self.through)
            told.append(self.allowance.tick(self.queue + longer, came, self.now))
            self.told += [each for each in told[-1:] if each is not None]
        return told


def test_half_of_what_comes_through_is_allowed_at_first():
    assert Line(150_000).told == [75_000]


def test_a_voice_is_left_its_room_however_little_comes_through():
    assert Line(20_000).told == [LEAST]


def test_who_is_found_narrow_twice_within_a_second_is_not_allowed_more_by_it():
    allowance = Allowance()
    allowance.narrowed(100_000, SECOND)
    assert allowance.narrowed(400_000, SECOND + 5 * TICK) == 50_000
    assert allowance.narrowed(400_000, 10 * SECOND) == 200_000


def test_for_a_second_nothing_else_is_told():
    assert Line(150_000).run(9) == [None] * 9


def test_a_queue_goes_and_what_is_allowed_turns_about_what_comes_through():
    narrow = Line(150_000)
    narrow.run(40)
    late, least = [], []
    for _ in range(200):
        least += [each for each in narrow.run(1) if each is not None]
        late.append(narrow.queue)
    assert sum(each < LATE for each in late) > len(late) // 3
    assert max(late) < 300 * MS, "nothing is lost"
    assert LEAST < min(least) < 150_000 < max(least)


def test_a_line_that_is_free_again_is_limited_by_nothing_after_a_while():
    narrow = Line(150_000)
    narrow.run(20)
    narrow.through = 50_000_000
    freed = [each for each in narrow.run(120) if each is not None]
    assert freed == sorted(freed)
    assert freed[30] > 8 * freed[0]
    assert freed[-1] > 20_000_000
    assert narrow.run(20) == [None] * 20
    assert narrow.allowance.watched(narrow.now), "it may become narrow again, and slowly"


def test_a_queue_that_grows_slowly_within_a_minute_is_seen_with_nothing_lost():
    narrow = Line(150_000)
    narrow.through = 50_000_000
    narrow.run(150)
    narrow.through, narrow.told = 150_000, [200_000]
    assert any(each is not None and each < 150_000 for each in narrow.run(20))
    assert narrow.queue < 300 * MS


def test_what_stays_late_with_the_least_comes_by_a_longer_path():
    longer = Line(1_000_000, queue=0)
    told = [each for each in longer.run(110, longer=200 * MS) if each is not None]
    assert LEAST in told, "it was tried"
    assert told[-1] > 1_000_000
    assert told.index(LEAST) < 30


def test_one_that_overtakes_or_lingers_says_nothing_about_a_queue():
    jittery = Line(100_000_000, queue=0)
    jittery.allowance.narrowed(1_000_000, jittery.now)
    told = []
    for late in (0, 180, 90, 120, 60) * 40:
        told += [each for each in jittery.run(1, longer=late * MS) if each is not None]
    assert told == sorted(told)
    assert told[-1] > 20_000_000


def test_nobody_is_watched_for_ever():
    narrow = Line(150_000, queue=0)
    narrow.through = 50_000_000
    narrow.run(700)
    assert not narrow.allowance.watched(narrow.now)


def test_a_queue_that_becomes_shorter_is_left_to_go():
    allowance, now = Allowance(), SECOND
    allowance.narrowed(300_000, now)
    ticks = range(10, 40)
    told = [allowance.tick(500 * MS - tick * 10 * MS, 150_000, now + tick * TICK) for tick in ticks]
    assert [each for each in told if each is not None] == [105_000]


def test_a_path_that_was_longer_once_hides_no_queue_later():
    allowance, now = Allowance(), 0

    def ticks(count, late):
        nonlocal now
        told = []
        for _ in range(count):
            now += TICK
            told += [allowance.tick(late, 150_000, now)]
        return [each for each in told if each is not None]

    for _ in range(2):
        now += 20 * SECOND
        allowance.narrowed(50_000, now)
        assert ticks(40, 200 * MS)[-1] > LEAST, "found to be longer"
    allowance.narrowed(200_000, now)
    assert min(ticks(20, 350 * MS)) < 100_000
