"""RTP time on the sitting's time line: voice and face together, never backwards, no lie carries far."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.timing import SenderClock, TrackClock

NTP_MS = (1 << 32) / 1000
DEVICE_MS = 3_900_000_000_000.0  # some wall clock


class Device:
    """One person's device: a camera and a microphone, its wall clock off by `DEVICE_MS`."""

    def __init__(self, *, audio_base=0xFFFFF000, video_base=123, skew=0.0):
        sender = SenderClock()
        self.tracks = {48: TrackClock(48_000, sender), 90: TrackClock(90_000, sender)}
        self.bases = {48: audio_base, 90: video_base}
        self.skew = 1 + skew

    def rtp(self, per_ms, at_ms):
        return (self.bases[per_ms] + round(at_ms * self.skew * per_ms)) & 0xFFFFFFFF

    def media(self, per_ms, at_ms, delay_ms):
        return self.tracks[per_ms].at(self.rtp(per_ms, at_ms), at_ms + delay_ms)

    def report(self, per_ms, at_ms, delay_ms):
        ntp = round((DEVICE_MS + at_ms * self.skew) * NTP_MS)
        self.tracks[per_ms].report(ntp, self.rtp(per_ms, at_ms), at_ms + delay_ms)


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, 1 << 30), st.floats(-5e-5, 5e-5))
def test_voice_and_face_of_one_person_align_within_40_ms(audio_base, video_base, seed, skew):
    device, rng = Device(audio_base=audio_base, video_base=video_base, skew=skew), random.Random(seed)
    video_lag = rng.uniform(0, 120)  # pictures take longer to send than sound
    for at_ms in range(0, 60_000, 100):
        heard = device.media(48, at_ms, 20 + rng.uniform(0, 40))
        seen = device.media(90, at_ms, 20 + video_lag + rng.uniform(0, 40))
        if at_ms % 1000 == 500:
            device.report(90, at_ms, 20 + rng.uniform(0, 10))
        if at_ms % 5000 == 2500:
            device.report(48, at_ms, 20 + rng.uniform(0, 10))
        if at_ms > 5_000:
            assert abs(heard - seen) <= 40
            assert abs(heard - at_ms) <= 80


def test_before_the_first_report_arrival_is_the_time_and_jitter_does_not_show():
    device, rng = Device(), random.Random(1)
    times = [device.media(48, at_ms, 20 + rng.choice([0, 5, 90])) for at_ms in range(0, 4000, 20)]
    assert times[-1] == pytest.approx(3980 + 20, abs=5)
    assert all(later - earlier <= 25 for earlier, later in itertools.pairwise(times[50:]))


@given(
    st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1)), max_size=60)
)
def test_time_never_runs_back_whatever_a_sender_says(lies):
    track = TrackClock(90_000, SenderClock())
    last = float("-inf")
    for index, (timestamp, reported, ntp) in enumerate(lies):
        track.report(ntp, reported, index * 33)
        now = track.at(timestamp, index * 33)
        assert now >= last
        last = now


@given(st.integers(-(10**9), 10**9), st.integers(0, 2**32 - 1))
def test_a_lying_report_moves_media_three_seconds_at_most(lie_ms, lie_rtp):
    device = Device()
    for at_ms in range(0, 30_000, 100):
        if at_ms % 1000 == 0 and at_ms:
            ntp = max(0, round((DEVICE_MS + lie_ms) * NTP_MS))
            device.tracks[90].report(ntp, lie_rtp, at_ms + 20)
        seen = device.media(90, at_ms, 20)
        assert at_ms - 3000 - 50 <= seen <= at_ms + 3000


def test_the_clock_wraps_without_a_jump():
    device = Device(audio_base=0xFFFFFFFF - 48 * 500)
    times = [device.media(48, at_ms, 20) for at_ms in range(0, 2000, 20)]
    assert {round(later - earlier) for earlier, later in itertools.pairwise(times)} == {20}


def test_a_report_from_before_the_first_packet_places_that_packet():
    """The engine hands over the last report when the recorder is let in again; a queued burst must not move it."""
    device = Device()
    device.report(90, 9_000, 20)
    assert device.media(90, 10_000, 320) == pytest.approx(10_020, abs=1)
    assert device.media(90, 10_033, 290) == pytest.approx(10_053, abs=1)
