"""What a subscribing side makes of the reports of its browser, beside what it has sent itself."""

from types import SimpleNamespace

import pytest

from mediation_server.media.embedded import rtcp
from mediation_server.media.embedded.codecs import CODECS
from mediation_server.media.embedded.downlink import Downlink, Slot
from mediation_server.media.embedded.limits import MS, SECOND, Counters, Limits
from mediation_server.media.embedded.publication import LivePublication
from mediation_server.media.embedded.routing import Routing
from mediation_server.media.embedded.rtp import RtpHeader
from mediation_server.media.embedded.steering import Speakers, choose
from mediation_server.media.engine import Kind, Publication, Source, Watching

VOICES, OF_A_VOICE, OF_THE_PICTURE = 3, 8_000, 3_000  # bytes in a second
KEY = b"\x10\x10\x02\x00"


class Side:
    """Somebody who hears three others and looks at one of them; the line is never short, their processor is."""

    def __init__(self):
        self.now = SECOND
        port = SimpleNamespace(add=lambda _: None, flush_later=lambda _: None)
        self.services = SimpleNamespace(
            port=port,
            certificate=None,
            limits=Limits(),
            counters=Counters(),
            clock=lambda: self.now,
            routing=Routing(),
        )
        self.downlink = Downlink(self.services, lambda _: None)
        self.downlink.transport.second = lambda _: None
        self.downlink.watching = Watching({("m0", Source.CAMERA): 720})
        self.downlink.slots = [self.slot("opus", at) for at in range(VOICES)] + [self.slot("vp8", 0)]

    def slot(self, codec, at):
        kind = CODECS[codec].kind
        source = Source.CAMERA if kind is Kind.VIDEO else Source.MICROPHONE
        info = Publication(f"{codec}{at}", "r", f"m{at}", kind, source, codec, CODECS[codec].clock_rate)
        publication = LivePublication(info, CODECS[codec], self.services, lambda _: None)
        subscription = SimpleNamespace(
            octets=0, packets=0, rtt=0, live=True, roomy=True, wanted=0, loss=0.0, second=lambda: None
        )
        return Slot("0", publication, subscription, accepted=True)

    def second(self, told, late=300, of_a_voice=OF_A_VOICE):
        """A second of voices and of a picture that hardly moves; then the browser says what it believes in."""
        self.now += SECOND
        for slot in self.downlink.slots:
            octets = OF_THE_PICTURE if slot.publication.info.kind is Kind.VIDEO else of_a_voice
            (encoding,) = slot.publication.encodings
            slot.subscription.octets += octets
            encoding._heard_at, encoding._octets = self.now, encoding._octets + octets
            encoding.second()
        self.downlink.estimator.answered((30 + late) * MS, self.now)
        self.downlink.second(self.now)
        self.downlink._told(told, self.now)
        choose(self.downlink, Speakers(12), 0, self.now)

    @property
    def shows(self):
        return self.downlink.slots[-1].level >= 0


@pytest.fixture
def side():
    made = Side()
    for _ in range(3):
        made.second(told=3_000_000, late=0)
    return made


def test_what_a_browser_says_of_its_line_is_said_of_pictures_and_the_voices_come_beside_them(side):
    for _ in range(30):
        side.second(told=8 * OF_THE_PICTURE + 1_000)
        assert side.downlink.estimator.bps >= 3_000_000  # all that was sent has come: no line is overtaken
    side.second(told=8 * OF_THE_PICTURE // 2, late=700)
    assert side.downlink.estimator.bps < 3_000_000


def test_lateness_leaves_one_picture_beside_however_many_voices(side):
    for _ in range(30):
        side.second(told=5_000)
        assert side.shows
    assert side.downlink.estimator.bps < 400_000


def test_a_voice_that_joins_takes_no_picture_from_a_line_that_may_not_grow_yet(side):
    for _ in range(12):
        side.second(told=5_000)
    assert side.downlink.estimator._until > side.now + SECOND
    for _ in range(12):
        side.second(told=5_000, of_a_voice=OF_A_VOICE * 3 // 2)
        assert side.shows
    assert side.downlink.estimator.bps <= 400_000


def test_sound_and_pictures_together_are_what_was_sent(side):
    assert side.downlink.bps == 8 * (VOICES * OF_A_VOICE + OF_THE_PICTURE)


def test_an_encoding_that_nobody_sends_costs_what_is_sent_in_its_place(side):
    publication = LivePublication(
        Publication("p", "r", "m", Kind.VIDEO, Source.CAMERA, "vp8", 90_000),
        CODECS["vp8"],
        side.services,
        lambda _: None,
        encodings=4,
    )
    assert publication.costs(side.now) == []
    for at, size in ((1, 700), (3, 4_000)):
        header = RtpHeader(96, 1, 3_000, 7 + at, 12, 0, None)
        publication.write(header, KEY + bytes(size - len(KEY)), side.now, at)
        publication.encodings[at].second()
    assert publication.costs(side.now) == [5_600, 5_600, 5_600, 32_000]


def test_a_report_that_is_none_changes_nothing(side):
    before = side.downlink.estimator.bps
    side.downlink.take_rtcp([rtcp.RtcpPsfbPacket(fmt=rtcp.REMB, ssrc=1, media_ssrc=0, fci=b"nonsense")], side.now)
    assert side.downlink.estimator.bps == before
