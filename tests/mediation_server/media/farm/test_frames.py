import asyncio

import pytest
from pydantic import TypeAdapter

from mediation_server.errors import BadInput, MediationError, TooLarge
from mediation_server.media.engine import MediaLost, SpeakingChanged
from mediation_server.media.farm.calls import CALLS
from mediation_server.media.farm.frames import (
    Refusal,
    Report,
    Told,
    error_of,
    event_of,
    frame,
    read_frame,
    refusal_of,
    told,
)


def reader_of(data):
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return reader


async def test_a_message_comes_out_as_it_went_in():
    assert await read_frame(reader_of(frame(b"{}")), 10) == b"{}"


async def test_a_message_beyond_the_bound_is_refused_before_it_is_read():
    with pytest.raises(ValueError, match="frame_too_large"):
        await read_frame(reader_of(b"\xff\xff\xff\xff"), 1 << 20)


@pytest.mark.parametrize("event", [SpeakingChanged("r", "a", speaking=True), MediaLost("r", "crashed")])
def test_an_event_arrives_as_it_was_told(event):
    assert event_of(told(event)) == event


@pytest.mark.parametrize(
    "message", [Told("Popen", {}), Told("SpeakingChanged", {"room": 1}), Told("SpeakingChanged", None)]
)
def test_a_worker_that_was_taken_over_cannot_make_anything_else_of_an_event(message):
    with pytest.raises(ValueError, match=r"unknown_event|validation error"):
        event_of(message)


@pytest.mark.parametrize("rubbish", [b"", b"[]", b'{"kind": "call"}', b'{"kind": "beat", "load": 7}'])
def test_a_report_of_another_shape_is_refused(rubbish):
    with pytest.raises(ValueError, match="validation error"):
        TypeAdapter(Report).validate_json(rubbish)


def test_a_refusal_is_the_same_error_on_the_other_side():
    error = error_of(refusal_of(TooLarge("sdp_too_large", field="sdp")))
    assert (type(error), error.code, error.field) == (TooLarge, "sdp_too_large", "sdp")
    assert isinstance(error, BadInput)
    assert type(error_of(Refusal("SystemExit", "x"))) is MediationError


def test_there_is_a_call_for_every_part_of_the_port_that_a_worker_does():
    assert sorted(CALLS) == [
        *("CloseRoom", "Expect", "Kick", "Look", "Mute", "Overhear", "Prepare", "Publish", "Record", "Restart"),
        *("Restore", "Seat", "SetAudience", "SetLayer", "Subscribe", "TakeAnswer", "Trickle"),
    ]
