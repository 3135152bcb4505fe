"""The review page's model: made of manifest and log alone, and silent about what went on in a caucus."""

import itertools
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.log import EventKind, append
from mediation_server.domain.recording import GapReason
from recordings.playback import as_json, media_type, review_of
from recordings.spans import Span, merged, without


@pytest.fixture
def review(demo):
    return review_of(demo.manifest, demo.log)


def lane(review, name):
    return next(each for each in review.lanes if each.name == name)


def test_the_lanes_say_who_was_there_spoke_was_muted_and_lost(review):
    mediator, applicant, respondent = (lane(review, name) for name in ("何秀兰", "钱慧敏", "孙巧云"))
    assert mediator.present == (Span(0, 90_000),)
    assert mediator.speaking[0] == Span(1000, 9000)
    assert applicant.muted == (Span(26_800, 30_000), Span(50_000, 50_400))
    assert respondent.disconnected == (Span(75_000, 78_000),)
    assert respondent.present == (Span(0, 75_000), Span(78_000, 90_000))


def test_the_lane_says_when_somebody_could_not_hear_and_nothing_of_it_from_a_caucus(demo):
    respondent = next(each.id for each in demo.manifest.participants if each.name == "孙巧云")

    def missed(log, sense, from_ms, to_ms):
        payload = {"participant": respondent, "whom": "x", "sense": sense, "from_ms": from_ms, "to_ms": to_ms}
        like = {name: getattr(log[-1], name) for name in ("session_id", "at", "offset_ms", "actor")}
        return [*log, append(log[-1], **like, kind=EventKind.MISSED, payload=payload)]

    log = missed(missed(missed(demo.log, "sound", 20_000, 26_000), "sound", 28_000, 35_000), "picture", 60_000, 66_000)
    told = review_of(demo.manifest, log)
    assert lane(told, "孙巧云").unheard == (Span(20_000, 26_000), Span(28_000, 30_000))
    assert lane(told, "钱慧敏").unheard == ()


@pytest.mark.parametrize(("codec", "told"), [("opus", "audio/webm"), ("vp8", "video/webm"), ("h264", "video/matroska")])
def test_a_file_is_called_what_it_is(codec, told):
    assert media_type(codec) == told


def test_the_caucus_is_a_phase_and_a_gap_as_wide_as_it_lasted(review):
    assert [(each.kind, each.from_ms, each.to_ms) for each in review.phases] == [
        ("joint", 0, 30_000),
        ("caucus", 30_000, 50_000),
        ("joint", 50_000, 90_000),
    ]
    (gap,) = review.gaps
    assert (gap.from_ms, gap.to_ms, gap.reason, gap.side) == (30_000, 50_000, GapReason.CAUCUS, "respondent")


def test_no_clip_reaches_into_the_caucus_and_each_has_its_number(review, demo):
    codecs = [track.codec for track in demo.manifest.tracks for _ in track.segments]
    assert [each.index for each in review.clips] == [n for n, codec in enumerate(codecs) if codec != "text"]
    for clip in review.clips:
        assert clip.offset_ms + clip.duration_ms <= 30_050 or clip.offset_ms >= 50_000


def test_chat_stands_at_its_second(review):
    assert [each.offset_ms for each in review.chat] == [14_000, 22_000, 55_000, 63_000, 71_000]
    assert "3 900.00元" in review.chat[2].text


def test_the_moments_are_in_order_and_carry_no_chat(review):
    offsets = [each.offset_ms for each in review.moments]
    assert offsets == sorted(offsets)
    kinds = [each.kind for each in review.moments]
    assert {"caucus_opened", "caucus_closed", "muted", "disconnected", "recording_gap", "concluded"} <= set(kinds)
    assert "3 900.00元" not in json.dumps([each.details for each in review.moments], ensure_ascii=False)


def test_the_review_is_plain_json(review):
    assert json.loads(json.dumps(as_json(review)))["total_ms"] == 90_000


def test_what_people_do_inside_a_caucus_is_not_shown(demo):
    """Should the log ever hold it: no voice, no word, no mute of a caucus reaches the reviewer."""
    log, secret = [], demo.people[2].id
    for each in demo.log:
        log.append(after(log, each))
        if each.kind is EventKind.CAUCUS_OPENED:
            for kind, more in (
                (EventKind.SPOKE, {"from_ms": 31_000, "to_ms": 45_000}),
                (EventKind.CHAT_SENT, {"message_id": "x", "text": "底线是三千五"}),
                (EventKind.MUTED, {"source": "microphone", "by": "mediator", "locked": False}),
            ):
                payload = {"participant": secret, **more}
                log.append(after(log, replace(each, kind=kind, actor=secret, payload=payload, offset_ms=32_000)))
    review = review_of(demo.manifest, log)
    assert "底线" not in json.dumps(as_json(review), ensure_ascii=False)
    for one in review.lanes:
        assert all(span.to_ms <= 30_000 or span.from_ms >= 50_000 for span in (*one.speaking, *one.muted))
    assert not [each for each in review.moments if each.kind == "muted" and 30_000 < each.offset_ms < 50_000]


def after(log, like):
    """An entry like this one at the end of the log."""
    content = {name: getattr(like, name) for name in ("session_id", "at", "offset_ms", "actor", "kind", "payload")}
    return append(log[-1] if log else None, **content)


SPANS = st.lists(st.tuples(st.integers(-50, 500), st.integers(-50, 500)).map(lambda each: Span(*each)), max_size=20)


def covered(spans):
    return {ms for span in spans for ms in range(span.from_ms, span.to_ms)}


@given(SPANS, st.integers(0, 400))
def test_merging_covers_the_same_time_without_overlap(spans, end):
    out = merged(spans, end)
    assert covered(out) == covered(spans) & set(range(end))
    assert all(before.to_ms < after.from_ms for before, after in itertools.pairwise(out))


@given(SPANS, SPANS)
def test_cutting_holes_leaves_exactly_the_rest(spans, holes):
    assert covered(without(spans, holes)) == covered(spans) - covered(holes)
