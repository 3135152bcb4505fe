import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.log import GENESIS, ChainBreak, EventKind, SessionEvent, append, canonical, first_break

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=4,
)
payloads = st.dictionaries(texts, values, max_size=2)


def chain(contents) -> list[SessionEvent]:
    log: list[SessionEvent] = []
    for number, (kind, payload) in enumerate(contents):
        log.append(
            append(
                log[-1] if log else None,
                session_id="s",
                at=START + timedelta(milliseconds=17 * number, microseconds=number),
                offset_ms=17 * number,
                actor=f"p{number % 3}",
                kind=kind,
                payload=payload,
            )
        )
    return log


chains = st.lists(st.tuples(st.sampled_from(EventKind), payloads), min_size=1, max_size=4).map(chain)


@given(chains)
def test_a_log_as_written_holds(log):
    assert first_break(log) is None


@given(chains)
def test_an_entry_equals_itself_after_a_way_through_json(log):
    for event in log:
        assert replace(event, payload=json.loads(canonical(event.payload))) == event
        assert event.at.microsecond % 1000 == 0


def test_what_json_would_change_is_changed_before_it_is_hashed():
    payload = {"participants": ("b", "a"), "tracks": {2: "x"}}
    event = append(None, session_id="s", at=START, offset_ms=0, actor="a", kind=EventKind.STARTED, payload=payload)
    assert event.payload == {"participants": ["b", "a"], "tracks": {"2": "x"}}
    assert first_break([event]) is None


def edited(event: SessionEvent, field: str, draw) -> SessionEvent:
    """The event with one field changed to something else."""
    value = getattr(event, field)
    if field == "at":
        return replace(event, at=value + timedelta(microseconds=draw(st.integers(1, 10**9))))
    if field in ("seq", "offset_ms"):
        return replace(event, **{field: value + draw(st.integers(1, 1000))})
    if field == "kind":
        return replace(event, kind=draw(st.sampled_from(EventKind).filter(lambda kind: kind != value)))
    if field == "payload":
        same = canonical(value)
        return replace(event, payload=draw(payloads.filter(lambda other: canonical(other) != same)))
    return replace(event, **{field: value + draw(texts.filter(bool))})


@given(st.data())
def test_any_edit_of_any_field_of_any_event_is_found_where_it_is(data):
    log = data.draw(chains)
    index = data.draw(st.integers(0, len(log) - 1))
    field = data.draw(st.sampled_from([each.name for each in fields(SessionEvent)]))
    log[index] = edited(log[index], field, data.draw)
    found = first_break(log)
    assert found is not None
    assert found.seq == index + 1


@given(st.data())
def test_an_entry_taken_out_swapped_or_repeated_is_found(data):
    log = data.draw(chains.filter(lambda events: len(events) > 1))
    index = data.draw(st.integers(0, len(log) - 2))
    harmed = data.draw(
        st.sampled_from(
            [
                [*log[:index], *log[index + 1 :]],
                [*log[:index], log[index + 1], log[index], *log[index + 2 :]],
                [*log[: index + 1], *log[index:]],
            ]
        )
    )
    assert first_break(harmed) is not None


def test_an_event_of_another_sitting_does_not_fit_in():
    mine, other = chain([(EventKind.STARTED, {})]), chain([(EventKind.STARTED, {})])
    foreign = replace(other[0], session_id="t")
    assert first_break([foreign]) == ChainBreak(1, "content")
    assert first_break(mine) is None


def test_the_first_entry_follows_from_nothing_and_numbers_from_one():
    (event,) = chain([(EventKind.SESSION_SCHEDULED, {"minutes": 60})])
    assert (event.seq, event.previous) == (1, GENESIS)


def test_canonical_json_is_sorted_and_tight_and_refuses_what_is_not_json():
    assert canonical({"b": "调解", "a": [1, None]}) == '{"a":[1,null],"b":"调解"}'.encode()
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical({"a": float("nan")})
    with pytest.raises(TypeError):
        append(None, session_id="s", at=START, offset_ms=0, actor="a", kind=EventKind.STARTED, payload={"a": {1}})
