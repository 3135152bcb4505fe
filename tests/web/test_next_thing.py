"""What comes next for a party, and the way so far: by tables, and the same days on both sides whatever happened."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.checks.agents import AgentKind, Power
from mediation_server.domain.ids import fixed_id
from mediation_server.domain.matter import MatterOutcome, MatterState, Track
from mediation_server.domain.matter_file import Answer, Circulated, FiledParty, MatterFile, Stop
from mediation_server.domain.party_agent import AgentStanding, PartyAgent
from mediation_server.domain.session import Participant, Session, SessionKind, SessionState
from mediation_server.services.mine import MyMatter, MySitting
from tests.mediation_server.store.people import MATTER, PARTIES
from web.i18n import load_catalogue
from web.views.matter_path import path_of
from web.views.next_thing import next_sitting, next_thing

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 10:00 at the court
DUE = date(2026, 11, 30)
ZHOU, LIN = PARTIES
S = MatterState
ZH = load_catalogue("zh")


def yes(*items):
    return {item: Answer(yes=True, text_version="1", at=NOW) for item in items}


def mine(state, me=ZHOU, *, answers=(), signed=(), sittings=(), **changes):
    parties = {each.id: FiledParty(each.id, each.side, yes("c1") if each.id in answers else {}) for each in PARTIES}
    effective = changes.pop("effective_at", None)
    file = MatterFile(MATTER.id, state=state, parties=parties, effective_at=effective)
    if state is S.SIGNING:
        file = replace(file, agreement=Circulated("v", 1, "11", signed=frozenset(signed)))
    matter = replace(MATTER, state=state, next_due=DUE, **changes)
    return MyMatter(matter, me, tuple(PARTIES), None, file, tuple(sittings), None)


def sitting(me=ZHOU, starts_in=timedelta(hours=5), state=SessionState.SCHEDULED, kind=SessionKind.MEDIATION):
    started = NOW if state in (SessionState.LIVE, SessionState.CAUCUS, SessionState.SUSPENDED) else None
    session = Session(fixed_id("s"), MATTER.id, kind, state, NOW + starts_in, 60, fixed_id("m"), started)
    return MySitting(session, Participant(fixed_id(me.id), session.id, me.role, me.side, me.name, "", me.id), None)


def asked_for_days(matter, *items):
    """The same while everybody is asked for ten more days, and this party has answered `items`."""
    parties = {**matter.file.parties, matter.me.id: replace(matter.file.parties[matter.me.id], answers=yes(*items))}
    return replace(matter, file=replace(matter.file, asked_days=10, asked_at=NOW, parties=parties))


def acted_for(matter, *powers):
    """The same for the party's agent with these special powers."""
    agent = PartyAgent("a", matter.me.id, AgentKind.LAWYER, "何屿", "", powers=frozenset(powers))
    return replace(matter, agent=replace(agent, standing=AgentStanding.ADMITTED))


CASES = [
    (mine(S.DRAFT), "finish_application", True),
    (mine(S.SUBMITTED), "wait_review", False),
    (mine(S.SUPPLEMENT), "supplement", True),
    (mine(S.REJECTED), "rejected", False),
    (mine(S.CONSENTING), "answer_mediation", True),
    (mine(S.CONSENTING, answers=[ZHOU.id]), "wait_answers", False),
    (mine(S.APPOINTING), "wait_mediator", False),
    (mine(S.APPOINTING, consent_pending=True), "answer_mediation", True),
    (mine(S.APPOINTING, consent_pending=True, answers=[ZHOU.id]), "wait_mediator", False),
    (replace(mine(S.APPOINTING), choose_until=DUE), "choose_mediator", True),
    (mine(S.AWAITING_ACCEPT), "wait_acceptance", False),
    (asked_for_days(mine(S.MEDIATING)), "answer_extension", True),
    (asked_for_days(mine(S.MEDIATING, answers=[ZHOU.id]), "c6"), "wait_schedule", False),
    (mine(S.MEDIATING), "wait_schedule", False),
    (mine(S.MEDIATING, consent_pending=True), "answer_mediation", True),
    (mine(S.MEDIATING, sittings=[sitting()]), "prepare_sitting", False),
    (mine(S.MEDIATING, sittings=[sitting(starts_in=timedelta(minutes=30))]), "enter_sitting", True),
    (mine(S.MEDIATING, sittings=[sitting(starts_in=-timedelta(minutes=90))]), "enter_sitting", True),
    (mine(S.MEDIATING, sittings=[sitting(starts_in=-timedelta(hours=3))]), "wait_schedule", False),
    (
        mine(S.MEDIATING, sittings=[sitting(starts_in=-timedelta(hours=3), state=SessionState.LIVE)]),
        "enter_sitting",
        True,
    ),
    (mine(S.MEDIATING, sittings=[sitting(state=SessionState.CANCELLED)]), "wait_schedule", False),
    (mine(S.PAUSED, sittings=[sitting(starts_in=timedelta(minutes=5))]), "wait_resume", False),
    (mine(S.PROPOSAL_SERVED), "read_proposal", True),
    (mine(S.SIGNING), "sign", True),
    (acted_for(mine(S.SIGNING)), "party_signs", False),
    (acted_for(mine(S.SIGNING), Power.SETTLE), "sign", True),
    (acted_for(mine(S.SIGNING, signed=[ZHOU.id])), "wait_signatures", False),
    (mine(S.SIGNING, sittings=[sitting()]), "sign", True),
    (mine(S.SIGNING, signed=[LIN.id]), "sign", True),
    (mine(S.SIGNING, signed=[ZHOU.id]), "wait_signatures", False),
    (mine(S.CONCLUDED, outcome=MatterOutcome.FAILED), "wait_handover", False),
    (mine(S.CONCLUDED, outcome=MatterOutcome.WITHDRAWN), "over", False),
    (mine(S.CONCLUDED, outcome=MatterOutcome.AGREED), "ask_judgment", False),
    (
        mine(S.CONCLUDED, outcome=MatterOutcome.AGREED, track=Track.ORG_ACCEPTED, effective_at=NOW),
        "apply_confirmation",
        True,
    ),
    (
        mine(
            S.CONCLUDED, outcome=MatterOutcome.AGREED, track=Track.ORG_ACCEPTED, effective_at=NOW - timedelta(days=40)
        ),
        "keep_terms",
        False,
    ),
    (
        mine(S.CONCLUDED, outcome=MatterOutcome.AGREED, track=Track.ORG_ACCEPTED, effective_at=NOW, confirmable=False),
        "keep_terms",
        False,
    ),
    (mine(S.CONFIRMING), "wait_confirmation", False),
    (
        mine(S.CONFIRMING, sittings=[sitting(kind=SessionKind.CONFIRMATION_CHECK)]),
        "prepare_sitting",
        False,
    ),
    (mine(S.HANDED_OVER), "court_goes_on", False),
    (mine(S.ARCHIVED), "over", False),
]


@pytest.mark.parametrize(("matter", "kind", "turn"), CASES, ids=[f"{each[0].matter.state}-{each[1]}" for each in CASES])
def test_the_next_thing_is(matter, kind, turn):
    found = next_thing(matter, NOW)
    assert (found.kind, found.mine) == (kind, turn)


@pytest.mark.parametrize("state", MatterState)
def test_every_state_has_a_next_thing_with_its_words(state):
    for outcome in (None, *MatterOutcome):
        for track in Track:
            found = next_thing(mine(state, outcome=outcome, track=track), NOW)
            assert f"next.what_{found.kind}" in ZH
            assert f"next.then_{found.kind}" in ZH
            assert not found.mine or f"next.go_{found.kind}" in ZH


@pytest.mark.parametrize("answered", [(), (ZHOU.id,), (LIN.id,)])
def test_nobody_is_told_that_the_other_side_refuses_or_delays(answered):
    for me in PARTIES:
        found = next_thing(mine(S.CONSENTING, me, answers=answered), NOW)
        assert "拒绝" not in ZH[f"next.what_{found.kind}"] + ZH[f"next.then_{found.kind}"]


def test_a_party_goes_to_its_own_sittings_only_while_the_matter_is_one_to_meet_in():
    assert next_sitting(mine(S.MEDIATING, sittings=[sitting()]), NOW) is not None
    assert next_sitting(mine(S.CLOSED, sittings=[sitting()]), NOW) is None


UNDER_WAY = tuple(MatterState)[: list(MatterState).index(S.CONCLUDED)]


def test_a_day_that_has_passed_is_not_held_against_anybody():
    late = NOW + timedelta(days=9)
    assert next_thing(mine(S.CONSENTING), NOW).until == DUE
    assert next_thing(mine(S.CONSENTING), late).until is None
    assert next_thing(mine(S.SIGNING, period_end=date(2026, 12, 7)), NOW).until == DUE
    assert next_thing(mine(S.SIGNING, period_end=date(2026, 12, 7)), late).until == date(2026, 12, 7)


DAYS = st.datetimes(datetime(2026, 10, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@given(
    state=st.sampled_from(MatterState),
    track=st.sampled_from(Track),
    outcome=st.sampled_from([None, *MatterOutcome]),
    pending=st.booleans(),
    effective=st.none() | DAYS,
    now=DAYS,
)
def test_both_sides_are_told_the_same_days(state, track, outcome, pending, effective, now):
    told = [
        next_thing(mine(state, me, track=track, outcome=outcome, consent_pending=pending, effective_at=effective), now)
        for me in PARTIES
    ]
    assert told[0] == told[1]


@given(
    state=st.sampled_from(MatterState),
    track=st.sampled_from(Track),
    outcome=st.sampled_from(MatterOutcome),
    confirmable=st.booleans(),
    stops=st.lists(st.sampled_from(["appraisal", "false_mediation", "force_majeure"]), max_size=3),
)
def test_the_way_goes_from_done_to_next_with_words_for_every_step(state, track, outcome, confirmable, stops):
    outcome = None if state in UNDER_WAY else outcome  # a mediation that goes on has none
    matter = replace(MATTER, state=state, track=track, outcome=outcome, confirmable=confirmable)
    file = MatterFile(MATTER.id, stops=tuple(Stop(each, NOW, NOW + timedelta(days=3)) for each in stops))
    steps = path_of(matter, file, [])
    assert steps
    assert all(f"path.{step.kind}" in ZH for step in steps)
    order = [step.state for step in steps if step.state != "stop"]
    rank = {"done": 0, "now": 1, "next": 2}
    assert order == sorted(order, key=rank.__getitem__)
    assert order.count("now") <= 1


def test_a_suspicion_looks_to_the_parties_like_any_other_stop():
    def way(cause):
        return path_of(replace(MATTER, state=S.PAUSED), MatterFile(MATTER.id, stops=(Stop(cause, NOW),)), [])

    assert way("false_mediation") == way("force_majeure")
    assert "stopped" in [step.kind for step in way("false_mediation")]
