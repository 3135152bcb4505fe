"""Who is sent what: tiles, speaker, line and data use together, and whose voices go out in a crowd."""

from types import SimpleNamespace

import pytest

from mediation_server.media.embedded.bandwidth import DownlinkEstimator
from mediation_server.media.embedded.codecs import CODECS
from mediation_server.media.embedded.limits import MS, SECOND
from mediation_server.media.embedded.steering import Speakers, choose
from mediation_server.media.embedded.subscription import TOP
from mediation_server.media.engine import DataUse, Kind, Publication, Source, Watching

CAMERA, SCREEN = Source.CAMERA, Source.SCREEN
COSTS = (150_000, 500_000, 1_700_000)


def slot(member, source=CAMERA, costs=COSTS):
    kind = Kind.AUDIO if source is Source.MICROPHONE else Kind.VIDEO
    codec = CODECS["opus" if kind is Kind.AUDIO else "vp8"]
    info = Publication(f"{member} {source}", "r", member, kind, source, codec.name, codec.clock_rate)
    publication = SimpleNamespace(info=info, encodings=costs, costs=lambda _: list(costs))
    subscription = SimpleNamespace(wanted=TOP)
    return SimpleNamespace(
        publication=publication, subscription=subscription, wanted=True, accepted=True, cap=TOP, level=TOP
    )


class Line:
    """One member's subscribing side, with a microphone and a camera of four others, and perhaps a screen."""

    def __init__(self, bps=20_000_000, *, screen=False):
        self.voices = [slot(each, Source.MICROPHONE, (40_000,)) for each in "bcde"]
        self.cameras = {each: slot(each) for each in "bcde"}
        self.screen = slot("b", SCREEN, (900_000,)) if screen else None
        self.downlink = SimpleNamespace(
            slots=[*self.voices, *self.cameras.values(), *([self.screen] if self.screen else [])],
            watching=None,
            estimator=DownlinkEstimator(),
            hungry_since=0,
            starved=False,
        )
        self.downlink.estimator.bps = bps
        self.speakers = Speakers(12)
        self.now = SECOND

    def look(self, data=DataUse.FULL, **heights):
        self.downlink.watching = Watching({(member, CAMERA): height for member, height in heights.items()}, data)

    def chosen(self):
        choose(self.downlink, self.speakers, 0, self.now)
        return "".join("-qhf"[each.level + 1] if each.level < TOP else "*" for each in self.cameras.values())


def test_before_anything_is_said_everything_comes_at_its_best():
    assert Line().chosen() == "****"


def test_tiles_get_what_fills_them_and_hidden_ones_nothing():
    line = Line()
    line.look(b=720, c=180, d=0)
    assert line.chosen() == "fq-q"  # e was not named: it has just come


def test_the_speaker_comes_first_on_a_narrow_line():
    line = Line(bps=4 * 64_000 + 700_000)
    line.look(b=180, c=720, d=180, e=180)
    line.speakers.heard("c", line.now, speaking=True)
    assert line.chosen() == "qqqq"
    line.downlink.estimator.bps = 4 * 64_000 + 160_000
    assert line.chosen() == "-q--"


def test_a_screen_comes_before_faces():
    line = Line(bps=4 * 64_000 + 1_100_000, screen=True)
    line.look(b=180, c=180, d=180, e=180)
    assert line.chosen().count("q") == 1
    assert line.screen.level == 0


@pytest.mark.parametrize(("data", "levels"), [(DataUse.FULL, "ffff"), (DataUse.LOW, "qqqq"), (DataUse.AUDIO, "----")])
def test_data_is_saved_as_asked(data, levels):
    line = Line()
    line.look(data, b=720, c=720, d=720, e=720)
    assert line.chosen() == levels
    assert not line.downlink.starved


def test_voices_alone_are_noticed_after_a_second_and_only_when_pictures_were_wanted():
    line = Line(bps=4 * 64_000 + 100_000)
    line.look(b=180, c=180, d=180, e=180)
    assert line.chosen() == "----"
    assert not line.downlink.starved
    line.now += SECOND
    line.chosen()
    assert line.downlink.starved
    line.downlink.estimator.bps = 20_000_000
    assert line.chosen() == "qqqq"
    assert not line.downlink.starved
    line.downlink.estimator.bps = 100_000
    line.look(b=0, c=0, d=0, e=0)
    for _ in range(3):
        line.now += SECOND
        line.chosen()
    assert not line.downlink.starved


def test_voices_are_never_chosen_away():
    line = Line(bps=30_000)
    line.look(b=720)
    line.chosen()
    assert all(each.level == TOP for each in line.voices)


def test_a_word_thrown_in_does_not_take_the_place_of_whoever_speaks_on():
    speakers = Speakers(12)
    speakers.heard("b", 0, speaking=True)
    speakers.heard("c", 100 * MS, speaking=True)
    assert speakers.last == "b"
    speakers.heard("c", 300 * MS, speaking=False)
    speakers.heard("b", 400 * MS, speaking=False)
    assert speakers.last == "b"
    speakers.heard("c", 500 * MS, speaking=True)
    assert speakers.last == "c"


def test_in_a_small_room_every_voice_goes_out_and_in_a_crowd_the_latest():
    speakers = Speakers(2)
    assert speakers.audible("ab") == {"a", "b"}
    speakers.heard("d", 1, speaking=True)
    speakers.heard("c", 2, speaking=True)
    speakers.heard("d", 3, speaking=False)
    assert speakers.audible("abcd") == {"c", "d"}
    speakers.heard("a", 4, speaking=True)
    assert speakers.audible("abcd") == {"a", "c"}
    speakers.forget("c")
    assert speakers.audible("abd") == {"a", "d"}
