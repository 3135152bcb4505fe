from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.log import GENESIS, ChainBreak
from mediation_server.domain.matter_log import MatterEvent, MatterEventKind, append, first_break

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
PAYLOADS = st.dictionaries(TEXTS, st.none() | st.booleans() | st.integers(0, 9) | TEXTS, max_size=2)


def chain(contents) -> list[MatterEvent]:
    log: list[MatterEvent] = []
    for number, (kind, payload) in enumerate(contents):
        last = log[-1] if log else None
        at = START + timedelta(milliseconds=17 * number, microseconds=number)
        log.append(append(last, matter_id="m", at=at, actor="u", role="filing", kind=kind, payload=payload))
    return log


CHAINS = st.lists(st.tuples(st.sampled_from(MatterEventKind), PAYLOADS), min_size=1, max_size=4).map(chain)


@given(CHAINS)
def test_a_log_as_written_holds(log):
    assert log[0].previous == GENESIS
    assert first_break(log) is None
    assert all(event.at.microsecond % 1000 == 0 for event in log)


def test_what_json_would_change_is_changed_before_it_is_hashed():
    event = append(
        None,
        matter_id="m",
        at=START,
        actor="u",
        role="clerk",
        kind=MatterEventKind.EXTENDED,
        payload={"consents": ("a", "b"), "days": 7},
    )
    assert event.payload == {"consents": ["a", "b"], "days": 7}
    assert first_break([event]) is None


@given(CHAINS, st.data())
def test_any_edit_of_any_field_is_found(log, data):
    index = data.draw(st.integers(0, len(log) - 1))
    field = data.draw(st.sampled_from([each.name for each in fields(MatterEvent)]))
    other = {
        "seq": log[index].seq + 1,
        "at": log[index].at + timedelta(microseconds=1),
        "kind": next(kind for kind in MatterEventKind if kind is not log[index].kind),
        "payload": {**log[index].payload, "added": 1},
    }.get(field, f"{getattr(log[index], field)}x")
    torn = [*log[:index], replace(log[index], **{field: other}), *log[index + 1 :]]
    found = first_break(torn)
    assert found is not None
    assert found.seq <= log[index].seq + 1


@given(CHAINS)
def test_a_missing_entry_is_found(log):
    assert first_break(log[1:]) == (ChainBreak(1, "missing_entry") if len(log) > 1 else None)
