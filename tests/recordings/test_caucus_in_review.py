"""Attacks on the time line a reviewer is sent: whatever the log holds of a caucus, nothing of it is in review.json."""

import json
from dataclasses import replace

import pytest

from mediation_server.domain.log import EventKind, append
from recordings.playback import as_json, review_of

SECRET = "底线是三千五"
OPENED_MS, CLOSED_MS = 30_000, 50_000
_K = EventKind
# What begins or ends a caucus or the sitting is told to everybody; all other kinds are tried.
LIMITS = (_K.CAUCUS_OPENED, _K.CAUCUS_CLOSED, _K.SUSPENDED, _K.RESUMED, _K.ENDED)
TRIED = [each for each in EventKind if each not in LIMITS]
EVERY_KEY = ("by", "reason", "text", "item", "answer", "outcome", "ground", "result", "message_id", "source", "side")


def attacked(demo, kind, *, where, offset_ms=40_000):
    """The demo's log with one more event of this kind, full of what was said, marked as of the caucus."""
    log = []
    for each in demo.log:
        if each.kind is where == _K.CAUCUS_CLOSED:
            log.append(follows(log, inside(demo, each, kind, offset_ms)))
        log.append(follows(log, each))
        if each.kind is where == _K.CAUCUS_OPENED:
            log.append(follows(log, inside(demo, each, kind, offset_ms)))
    return log


def inside(demo, opened, kind, offset_ms):
    times = {"from_ms": 31_000, "to_ms": 45_000, "lost_ms": 12_345, "locked": True, "done": True, "verified": True}
    words = dict.fromkeys(EVERY_KEY, SECRET)
    payload = {**times, **words, "participant": demo.people[2].id, "caucus": opened.payload["caucus"]}
    return replace(opened, kind=kind, actor=demo.people[2].id, payload=payload, offset_ms=offset_ms)


def follows(log, like):
    content = {name: getattr(like, name) for name in ("session_id", "at", "offset_ms", "actor", "kind", "payload")}
    return append(log[-1] if log else None, **content)


def told(review):
    return [{name: value for name, value in each.items() if name != "seq"} for each in as_json(review)["moments"]]


@pytest.mark.parametrize("where", [_K.CAUCUS_OPENED, _K.CAUCUS_CLOSED])
@pytest.mark.parametrize("kind", TRIED)
def test_no_event_of_a_caucus_is_told_whatever_its_kind(demo, kind, where):
    review = review_of(demo.manifest, attacked(demo, kind, where=where))
    assert SECRET not in json.dumps(as_json(review), ensure_ascii=False)
    assert told(review) == told(review_of(demo.manifest, demo.log))
    for lane in review.lanes:
        for span in (*lane.speaking, *lane.muted, *lane.camera_off, *lane.unheard):
            assert span.to_ms <= OPENED_MS or span.from_ms >= CLOSED_MS


@pytest.mark.parametrize("offset_ms", [0, 29_999, 50_001, 89_000])
def test_a_lying_time_code_carries_nothing_out_of_a_caucus(demo, offset_ms):
    log = attacked(demo, _K.CHAT_SENT, where=_K.CAUCUS_OPENED, offset_ms=offset_ms)
    assert SECRET not in json.dumps(as_json(review_of(demo.manifest, log)), ensure_ascii=False)
