"""What the recorder gets: one stream that can be decoded, whatever the camera sends and whichever encoding is best."""

import itertools
import struct
from types import SimpleNamespace

import pytest

from mediation_server.media.embedded.codecs import CODECS
from mediation_server.media.embedded.limits import MS, Counters, Limits
from mediation_server.media.embedded.publication import LivePublication
from mediation_server.media.embedded.rtp import RtpHeader
from mediation_server.media.engine import Kind, Publication, Source

FIRST_STAMPS = (4_294_960_000, 70_000, 1_000_000)
FIRST_PICTURES = (32_000, 5, 20_000)


class Recorder:
    def __init__(self):
        self.packets = []
        self.reports = []

    def started(self, publication):
        pass

    def packet(self, publication, packet, arrival_ns):
        _, _, sequence, stamp, ssrc = struct.unpack_from("!BBHII", packet)
        picture, tl0 = struct.unpack_from("!HB", packet, 14)
        self.packets.append((ssrc, sequence, stamp, picture & 0x7FFF, tl0, packet[18:]))

    def sender_report(self, publication, ntp, rtp_timestamp, arrival_ns):
        self.reports.append((ntp, rtp_timestamp))

    def stopped(self, publication, reason):
        pass

    def column(self, place):
        return [each[place] for each in self.packets]


class Camera:
    """Sends the same pictures in three encodings, each with its own SSRC, numbers and clock."""

    def __init__(self, *, encodings=3):
        self.now, self.asked, self.pictures = 1_000 * MS, [], 0
        port = SimpleNamespace(flush_later=lambda _: None, sender=None)
        services = SimpleNamespace(port=port, limits=Limits(), counters=Counters(), clock=lambda: self.now)
        info = Publication("p", "r", "m", Kind.VIDEO, Source.CAMERA, "vp8", 90_000)
        self.publication = LivePublication(info, CODECS["vp8"], services, self.asked.append, encodings=encodings)
        self.recorder = Recorder()
        self.held = []

    def picture(self, *, sent=(0, 1, 2), key=False, held=()):
        """One picture of one packet in each encoding sent, 40 ms after the one before."""
        self.now += 40 * MS
        self.pictures += 1
        for at in sent:
            stamp = (FIRST_STAMPS[at] + 3_600 * self.pictures) & 0xFFFFFFFF
            descriptor = struct.pack("!BBHB", 0x90, 0xC0, 0x8000 | (FIRST_PICTURES[at] + self.pictures) & 0x7FFF, 0)
            payload = descriptor + bytes((0 if key else 1,)) + f"{at}:{self.pictures}".encode()
            header = RtpHeader(96, 100 * at + self.pictures, stamp, 7 + at, 12, 0, None)
            if at in held:
                self.held.append((header, payload, at))
            else:
                self.publication.write(header, payload, self.now, at)
        self.publication.tick(self.now)

    def train(self, *, at, count):
        """So many packets of one encoding at once, each with a picture number of its own."""
        first, number = self.pictures + 1, self.publication.encodings[at].in_order(100 * at + self.pictures + 1)
        self.pictures += count
        stamp = (FIRST_STAMPS[at] + 3_600 * self.pictures) & 0xFFFFFFFF
        packets = [
            struct.pack("!BBHII", 0x80, 96, (number + step) & 0xFFFF, stamp, 7 + at)
            + struct.pack("!BBHB", 0x90, 0xC0, 0x8000 | (FIRST_PICTURES[at] + first + step) & 0x7FFF, 0)
            + b"\x01more"
            for step in range(count)
        ]
        self.publication.write_in_order(packets, stamp, self.now, at)

    def arrive(self):
        for header, payload, at in self.held:
            self.publication.write(header, payload, self.now, at)
        self.held.clear()

    def report(self, at, seconds=0):
        ntp = (1 << 40) + (seconds << 32)
        self.publication.sender_report(ntp, (FIRST_STAMPS[at] + 90_000 * seconds) & 0xFFFFFFFF, self.now, at)


def shown(recorder):
    return [payload[0:1] for payload in recorder.column(5)]


@pytest.fixture
def camera():
    camera = Camera()
    camera.publication.open_tap("recorder", camera.recorder, camera.now)
    camera.picture(key=True)
    for _ in range(30):
        camera.picture()
    return camera


def test_the_recorder_begins_with_the_first_key_frame_and_goes_up_to_the_best(camera):
    assert shown(camera.recorder)[0] == b"0"
    assert 2 in camera.asked
    camera.picture(key=True)
    camera.picture()
    assert shown(camera.recorder)[-2:] == [b"2", b"2"]


def test_a_change_makes_no_hole_and_one_stream(camera):
    camera.picture(key=True)
    for _ in range(40):
        camera.picture(sent=(0,))
    camera.picture(sent=(0,), key=True)
    camera.picture(sent=(0,))
    recorder = camera.recorder
    assert shown(recorder)[-2:] == [b"0", b"0"]
    assert len(set(recorder.column(0))) == 1
    for place, modulus in ((1, 1 << 16), (3, 1 << 15), (4, 1 << 8)):
        numbers = recorder.column(place)
        if place != 4:
            assert all((b - a) % modulus == 1 for a, b in itertools.pairwise(numbers))
    stamps = recorder.column(2)
    assert all(0 < (b - a) % (1 << 32) < 180_000 for a, b in itertools.pairwise(stamps))


def test_behind_a_train_the_next_encoding_makes_no_hole_either(camera):
    camera.picture(key=True)
    camera.train(at=2, count=3)
    for _ in range(40):
        camera.picture(sent=(0,))
    camera.picture(sent=(0,), key=True)
    recorder = camera.recorder
    assert shown(recorder)[-1] == b"0"
    for place, modulus in ((1, 1 << 16), (3, 1 << 15)):
        numbers = recorder.column(place)
        assert all((b - a) % modulus == 1 for a, b in itertools.pairwise(numbers))


def test_time_goes_on_as_the_sender_reports_say(camera):
    for at in range(3):
        camera.report(at)
    camera.picture(key=True)
    camera.picture()
    stamps = camera.recorder.column(2)
    step = 900  # the same picture came in the former encoding too; a hundredth of a second sets them apart
    first = (FIRST_STAMPS[0] + 3_600) & 0xFFFFFFFF
    assert (stamps[-1] - first) % (1 << 32) == 3_600 * (camera.pictures - 1) + step
    camera.report(2, seconds=2)
    assert camera.recorder.reports[-1] == ((1 << 40) + (2 << 32), (FIRST_STAMPS[0] + 180_000 + step) & 0xFFFFFFFF)


def test_reports_that_lie_about_time_are_not_believed(camera):
    camera.report(0)
    camera.publication.sender_report((1 << 40) + (500 << 32), FIRST_STAMPS[2], camera.now, 2)
    camera.picture(key=True)
    stamps = camera.recorder.column(2)
    assert 0 < (stamps[-1] - stamps[-2]) % (1 << 32) < 90_000


def test_what_the_former_encoding_lost_still_comes(camera):
    camera.picture(held=(0,))
    lost = camera.pictures
    camera.picture(key=True)
    camera.picture()
    camera.arrive()
    recorder = camera.recorder
    assert recorder.column(5)[-1] == f"0:{lost}".encode()
    sequences = recorder.column(1)
    assert sorted(set(sequences)) == list(range(min(sequences), max(sequences) + 1))


def test_nothing_of_the_former_encoding_comes_twice_or_from_after_the_change(camera):
    camera.picture(key=True)
    before = len(camera.recorder.packets)
    camera.picture(held=(0,))
    camera.picture()
    camera.arrive()
    assert shown(camera.recorder)[before:] == [b"2", b"2"]


def test_what_the_new_encoding_lost_before_its_key_frame_does_not_come(camera):
    camera.picture(held=(2,))
    camera.picture(key=True)
    before = len(camera.recorder.packets)
    camera.arrive()
    assert len(camera.recorder.packets) == before


@pytest.mark.parametrize("encodings", [1, 3])
def test_what_was_lost_before_the_recorder_came_in_stays_away(encodings):
    camera = Camera(encodings=encodings)
    sent = tuple(range(encodings))
    camera.picture(sent=sent, key=True)
    camera.picture(sent=sent, held=(0,))
    camera.picture(sent=sent)
    camera.publication.open_tap("recorder", camera.recorder, camera.now)
    camera.picture(sent=sent, key=True)
    camera.arrive()
    assert camera.recorder.column(5)[0].endswith(b":4")
    assert len(camera.recorder.packets) == 1


def test_a_picture_that_is_recorded_can_be_entered_every_five_seconds():
    camera = Camera(encodings=1)
    camera.publication.open_tap("recorder", camera.recorder, camera.now)
    for _ in range(2):
        camera.picture(sent=(0,), key=True)
        camera.asked.clear()
        for _ in range(124):
            camera.picture(sent=(0,))
        assert camera.asked == []
        camera.picture(sent=(0,))
        assert camera.asked == [0]


def test_a_camera_that_nobody_records_is_not_asked_for_more_key_frames():
    camera = Camera(encodings=1)
    camera.picture(sent=(0,), key=True)
    camera.asked.clear()
    for _ in range(300):
        camera.picture(sent=(0,))
    assert camera.asked == []
