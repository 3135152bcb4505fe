"""The estimate of a line, on made-up lines: it must not oversleep a fall, and not forget to rise."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from mediation_server.media.embedded.bandwidth import DownlinkEstimator
from mediation_server.media.embedded.limits import MS, SECOND

STEP = 200 * MS


@dataclass
class Line:
    """A line of so many bit/s with a browser at its end, that sees `wanted` or less as the estimate allows."""

    wanted: int = 2_500_000
    speaks: bool = True  # whether the browser estimates by itself
    noise: float = 0.0  # loss that is there whatever is sent
    now: int = 0
    queue: float = 0.0  # seconds that packets wait in front of the line
    estimator: DownlinkEstimator = field(default_factory=DownlinkEstimator)
    seen: list = field(default_factory=list)

    def run(self, seconds, capacity):
        """Time passes; returns the estimates at each step."""
        self.seen = []
        for step in range(int(seconds * SECOND / STEP)):
            self.now += STEP
            sent = min(self.wanted, self.estimator.bps)
            over = max(0.0, 1 - capacity / sent)
            self.queue = max(0.0, min(0.4, self.queue + (sent - capacity) / capacity * STEP / SECOND))
            over = over if self.queue >= 0.4 or not self.speaks else 0.0
            if step % 5 == 0:
                self.estimator.answered(round((0.03 + self.queue) * SECOND), self.now)
                if self.speaks:
                    told = int(capacity * 0.85) if sent > capacity else min(int(sent * 1.5), capacity)
                    self.estimator.told(told, sent, self.now)
                self.estimator.lost(min(1.0, over + self.noise), sent, self.now)
            self.estimator.grow(STEP, self.wanted, self.now)
            self.seen.append(self.estimator.bps)
        return self.seen


def test_a_line_that_shrinks_is_followed_within_four_seconds():
    line = Line()
    line.run(10, 5_000_000)
    assert min(line.run(4, 400_000)) <= 400_000


def test_a_line_that_carries_voices_only_is_left_to_them():
    line = Line()
    line.run(10, 5_000_000)
    assert line.run(8, 100_000)[-1] < 200_000


def test_a_line_that_carries_voices_only_is_tried_ever_more_rarely():
    line = Line()
    line.run(10, 5_000_000)
    line.run(8, 100_000)
    assert sum(each > 110_000 for each in line.run(60, 100_000)) <= 60  # of 300 steps


def test_lateness_alone_leaves_one_picture():
    estimator = DownlinkEstimator()
    for second in range(30):
        estimator.answered((30 if second < 5 else 300) * MS, second * SECOND)
        estimator.lost(0.0, 2_500_000, second * SECOND)
        estimator.told(90_000, 2_500_000, second * SECOND)
    assert 250_000 <= estimator.bps <= 1_000_000


def test_without_the_browsers_own_estimate_losses_alone_bring_it_down():
    line = Line(speaks=False)
    line.run(10, 5_000_000)
    assert line.run(12, 400_000)[-1] < 800_000


def test_a_line_that_recovers_is_used_again():
    line = Line()
    line.run(10, 200_000)
    assert line.run(20, 5_000_000)[-1] >= line.wanted


def test_a_narrow_line_is_left_alone_for_longer_and_longer():
    line = Line()
    line.run(20, 300_000)
    early = sum(each > 300_000 for each in line.run(60, 300_000))
    assert early <= 60  # of 300 steps
    assert line.estimator.bps < 600_000


def test_a_loss_that_does_not_fall_with_the_rate_does_not_take_the_picture():
    line = Line(noise=0.13)
    line.run(30, 5_000_000)
    assert line.estimator.bps > 1_000_000


def test_a_line_that_lost_whatever_was_sent_shows_pictures_again_soon_after_it_has_healed():
    estimator, voices = DownlinkEstimator(), 60_000
    weather = (0.34, 0.22, 0.19, 0.33, 0.21, 0.12, 0.31, 0.23, 0.24, 0.32)
    for second in range(34):
        bad, now = 5 <= second < 30, second * SECOND
        sent = max(voices, min(estimator.bps, 1_500_000))
        estimator.answered((400 if bad else 30) * MS, now)
        estimator.told(sent // 2 if bad else 3 * sent, sent, now)
        if second % 2 == 0:  # of sound alone there is a report every few seconds
            estimator.lost(weather[second // 2 % len(weather)] if bad else 0.0, sent, now)
        for step in range(5):
            estimator.grow(STEP, 1_500_000, now + step * STEP)
    assert estimator.bps > 300_000


def test_what_has_just_arrived_counts_more_than_an_estimate_that_never_had_the_chance_to_grow():
    estimator = DownlinkEstimator()
    estimator.answered(30 * MS, SECOND)
    estimator.lost(0.16, 530_000, SECOND)
    estimator.told(12_000, 530_000, SECOND)
    assert estimator.bps > 300_000


def test_bursts_of_loss_without_a_queue_leave_one_picture_to_a_browser_that_is_busy_too():
    estimator = DownlinkEstimator()
    for second in range(20):
        now, sent = second * SECOND, min(estimator.bps, 450_000)
        loss = (0.12, 0.08, 0.18, 0.05, 0.11, 0.02, 0.15, 0.09)[second % 8] if second else 0.0
        estimator.answered(30 * MS, now)
        estimator.lost(loss, sent, now)
        for step in range(5):
            estimator.told(int(sent * (1 - loss) * 0.5), sent, now + step * STEP)
            estimator.grow(STEP, 450_000, now + step * STEP)
        assert estimator.bps >= 240_000


def test_a_few_packets_lost_of_a_small_picture_do_not_take_it():
    estimator = DownlinkEstimator()
    estimator.answered(30 * MS, SECOND)
    estimator.lost(0.18, 190_000, SECOND)  # five of the thirty that a small picture is in a second
    assert estimator.bps >= 190_000


def test_after_one_bad_moment_the_small_picture_is_back_within_three_seconds():
    estimator, seen = DownlinkEstimator(), []
    for second in range(12):
        bad, now = 5 <= second < 7, second * SECOND
        sent = min(estimator.bps, 1_500_000)
        estimator.answered((900 if bad else 30) * MS, now)
        estimator.lost(0.6 if bad else 0.0, sent, now)
        estimator.told(5_000, sent, now)
        for step in range(5):
            estimator.grow(STEP, 1_500_000, now + step * STEP)
        seen.append(estimator.bps)
    assert min(seen) < 200_000
    assert seen[9] >= 250_000


def test_a_browser_that_is_merely_busy_takes_nothing_away():
    estimator = DownlinkEstimator()
    for second in range(30):
        estimator.answered(30 * MS, second * SECOND)
        estimator.lost(0.0, 2_500_000, second * SECOND)
        estimator.told(110_000, 2_500_000, second * SECOND)
        estimator.grow(SECOND, 2_500_000, second * SECOND)
    assert estimator.bps >= 2_500_000


def test_little_loss_changes_nothing():
    line = Line(noise=0.03)
    assert min(line.run(30, 5_000_000)) >= line.wanted


@given(
    st.lists(
        st.tuples(st.integers(0, 10**7), st.floats(0, 1), st.integers(0, 10**7), st.integers(0, 10**7)), max_size=60
    )
)
def test_whatever_a_browser_reports_the_estimate_stays_sane(reports):
    estimator, now = DownlinkEstimator(), 0
    for told, loss, sent, wanted in reports:
        now += STEP
        before = estimator.bps
        estimator.told(told, sent, now)
        estimator.lost(loss, sent, now)
        estimator.grow(STEP, wanted, now)
        assert 30_000 <= estimator.bps <= max(before * 1.05, 3_000_000, wanted * 1.3)
