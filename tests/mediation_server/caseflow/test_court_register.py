from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from mediation_server.caseflow.court_register import CourtRegister
from mediation_server.caseflow.envelope import Envelope
from mediation_server.caseflow.port import Ack, Nack, Pending

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def envelope(seq, *, matter="TJ-1", good=True):
    payload = {"session_id": "s", "conclusion_id": f"{seq}", "outcome": "agreed", "ground": None}
    return Envelope(
        message_id=f"{matter} {seq}",
        type="OutcomeRecorded",
        schema_version=1,
        source="here",
        target_court="there",
        matter_ref=matter,
        seq=seq,
        occurred_at=NOW,
        sent_at=NOW,
        business_key=f"{seq}",
        payload=payload | ({"concluded_at": "2026-11-23T06:00:00Z"} if good else {"chat": "…"}),
    )


def effects(register, matter):
    return [each.incoming.seq for each in register._by_business.values() if each.incoming.matter_ref == matter]


deliveries = st.lists(st.tuples(st.sampled_from(["TJ-1", "TJ-2"]), st.integers(1, 8)), max_size=60)


@given(deliveries, st.sets(st.integers(1, 8), max_size=3))
def test_however_messages_arrive_each_takes_effect_once_and_in_order(order, refused):
    """Any interleaving, repetition and loss; then each matter is sent once in order, as the dispatcher would."""
    register, answers = CourtRegister(), {}
    complete = [(matter, seq) for matter in ("TJ-1", "TJ-2") for seq in range(1, 9)]
    for matter, seq in order + complete:
        answer, _ = register.taken(envelope(seq, matter=matter, good=seq not in refused), NOW)
        if not isinstance(answer, Pending):
            assert answers.setdefault((matter, seq), answer) == answer, "one message, two answers"
    wanted = [seq for seq in range(1, 9) if seq not in refused]
    assert effects(register, "TJ-1") == effects(register, "TJ-2") == wanted
    assert [answers["TJ-1", seq].court_version for seq in wanted] == list(range(1, len(wanted) + 1))
    assert all(isinstance(answers["TJ-1", seq], Nack) for seq in refused)


@given(st.permutations(list(range(1, 9))))
def test_what_arrived_early_needs_no_second_sending_once_the_gap_is_filled(order):
    register = CourtRegister()
    taken = [register.taken(envelope(seq), NOW) for seq in order]
    assert [entry.incoming.seq for _, entries in taken for entry in entries] == list(range(1, 9))
    assert effects(register, "TJ-1") == list(range(1, 9))


def test_only_so_many_are_parked():
    register = CourtRegister()
    for seq in range(2, 500):
        assert register.taken(envelope(seq), NOW)[0] == Pending(resend_from=1)
    assert len(register._parked["TJ-1"]) == 100
    assert register.taken(envelope(1), NOW)[0] == Ack(1)
    assert effects(register, "TJ-1") == list(range(1, 102))
