from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.calendar import CHINA
from mediation_server.domain.matter import Ground, MatterOutcome, MatterState, Track
from mediation_server.domain.matter_file import EXTENSION, MEDIATION, MatterFile, Team
from mediation_server.domain.matter_folds import _FOLDS, file_of, folded
from mediation_server.domain.matter_log import MatterEvent, MatterEventKind, append
from mediation_server.domain.people import Side

K, S = MatterEventKind, MatterState
START = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
PARTIES = {"a": "applicant", "b": "respondent"}
KEYS = [
    "parties",
    "party",
    "item",
    "answer",
    "text_version",
    "track",
    "procedure",
    "regime",
    "confirmable",
    "state",
    "mediator",
    "others",
    "days",
    "consents",
    "cause",
    "upheld",
    "outcome",
    "ground",
    "effective_at",
    "period_end",
    "agreement",
    "version",
    "sha256",
    "partial",
    "clock",
    "due",
    "measure_on",
    "consent_pending",
    "case_no",
    "proposal",
    "defects",
]
WORDS = ["a", "b", "c1", "c6", "x", "agreed", "g1", "court_led", "mediating", "2026-11-30", "2026-11-30T02:00:00Z", ""]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=2),
    max_leaves=4,
)
PAYLOADS = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6)
ANYTHING = st.lists(st.tuples(st.sampled_from(MatterEventKind), PAYLOADS), max_size=12)


def log(*contents) -> list[MatterEvent]:
    """Events an hour apart; each a kind and its payload."""
    events: list[MatterEvent] = []
    for number, (kind, payload) in enumerate(contents):
        last = events[-1] if events else None
        at = START + timedelta(hours=number)
        events.append(append(last, matter_id="m", at=at, actor="u", role="mediator", kind=kind, payload=payload))
    return events


def after(*contents) -> MatterFile:
    return file_of("m", log(*contents))


def yes(party, item=MEDIATION, **changes):
    return (K.CONSENTED, {"party": party, "item": item, "text_version": "1", "answer": True, **changes})


BY_BOTH = {"days": 10, "consents": ["a", "b"]}
FILED = [(K.SUBMITTED, {"parties": PARTIES}), (K.DIVERTED, {"track": "postfiling_entrusted", "procedure": "普通"})]
UNDER_WAY = [
    *FILED,
    yes("a"),
    yes("b"),
    (K.ALL_CONSENTED, {}),
    (K.ASSIGNED, {"mediator": "m1"}),
    (K.ACCEPTED, {"mediator": "m1", "procedure": "普通", "days": 15}),
]


def test_every_kind_of_event_has_a_fold():
    assert set(_FOLDS) == set(MatterEventKind)


@given(ANYTHING)
def test_no_log_however_strange_breaks_the_fold_and_nothing_is_changed_by_it(contents):
    events = log(*contents)
    file = file_of("m", events)
    assert file.version == len(events)
    assert file_of("m", events) == file
    file.period_end(CHINA)


@given(ANYTHING, st.integers(0, 12))
def test_folding_in_two_steps_is_folding_at_once(contents, cut):
    events = log(*contents)
    assert folded(file_of("m", events[:cut]), events[cut:]) == file_of("m", events)


def test_an_application_that_came_back_keeps_its_first_day():
    file = after(
        (K.CREATED, {"parties": {"a": "applicant"}}),
        (K.SUBMITTED, {"parties": {"b": "respondent", "c": "respondent"}}),
        (K.SUPPLEMENT_REQUESTED, {"defects": ["no_phone"]}),
        (K.RESUBMITTED, {"parties": {"a": "third", "b": "respondent"}}),
    )
    assert (file.state, file.submitted_at) == (S.SUBMITTED, START + timedelta(hours=1))
    assert (file.defects, file.side(Side.THIRD), file.side(Side.RESPONDENT)) == ({"no_phone"}, {"a"}, {"b"})


def test_the_period_starts_with_the_first_acceptance_and_with_no_later_one():
    file = after(*UNDER_WAY)
    assert (file.state, file.team, file.candidate) == (S.MEDIATING, Team("m1"), None)
    replaced = after(
        *UNDER_WAY,
        (K.REPLACEMENT_REQUESTED, {"party": "b"}),
        (K.REPLACEMENT_DECIDED, {"upheld": True}),
        (K.ASSIGNED, {"mediator": "m2", "others": ["m3"]}),
        (K.ACCEPTED, {"mediator": "m2", "days": 15}),
    )
    assert (replaced.team, replaced.recused) == (Team("m2", ("m3",)), {"m1"})
    assert replaced.period_start == file.period_start == START + timedelta(hours=6)


def test_a_replacement_that_is_not_upheld_leaves_the_team():
    file = after(*UNDER_WAY, (K.REPLACEMENT_REQUESTED, {}), (K.REPLACEMENT_DECIDED, {"upheld": False}))
    assert (file.state, file.team, file.replacement_asked) == (S.MEDIATING, Team("m1"), False)


def test_when_a_judge_mediates_the_period_starts_with_the_last_consent():
    consented = {"mediator": "j", "procedure": "简易", "days": 7}
    file = after(*FILED, yes("a"), yes("b"), (K.ALL_CONSENTED, consented))
    assert (file.state, file.team, file.period_days, file.procedure) == (S.MEDIATING, Team("j"), 7, "简易")


def test_appointed_before_everybody_answered_is_pending_until_they_have():
    pending = [*FILED, yes("a"), (K.ALL_CONSENTED, {"consent_pending": True})]
    assert (after(*pending).state, after(*pending).consent_pending) == (S.APPOINTING, True)
    cleared = after(*pending, yes("b"), (K.ALL_CONSENTED, {}))
    assert (cleared.state, cleared.consent_pending) == (S.APPOINTING, False)


def test_consents_are_used_up_by_the_extension_they_were_given_for():
    agreed = after(*UNDER_WAY, yes("a", EXTENSION), yes("b", EXTENSION))
    assert agreed.all_agree(EXTENSION)
    extended = after(*UNDER_WAY, yes("a", EXTENSION), yes("b", EXTENSION), (K.EXTENDED, BY_BOTH))
    assert (extended.extended_days, extended.all_agree(EXTENSION), extended.all_agree(MEDIATION)) == (10, False, True)


def test_a_consent_can_be_taken_back():
    assert not after(*FILED, yes("a"), yes("a", answer=False)).parties["a"].agrees(MEDIATION)


def test_a_signature_counts_for_one_text_only():
    circulated = (K.CIRCULATED, {"agreement": "v", "version": 1, "sha256": "11"})
    file = after(
        *UNDER_WAY,
        circulated,
        (K.SIGNED, {"party": "a", "sha256": "11"}),
        (K.SIGNED, {"party": "b", "sha256": "22"}),
        (K.SIGNED, {"party": "stranger", "sha256": "11"}),
    )
    assert (file.state, file.agreement.signed) == (S.SIGNING, {"a"})
    edited = after(*UNDER_WAY, circulated, (K.SIGNED, {"party": "a", "sha256": "11"}), (K.EDITED, {"version": 1}))
    assert (edited.state, edited.agreement) == (S.MEDIATING, None)


def test_an_agreement_counts_from_its_effect_and_a_failure_from_nothing():
    concluded = {"outcome": "agreed", "ground": "g1"}
    agreed = after(*UNDER_WAY, (K.CONCLUDED, concluded))
    assert (agreed.outcome, agreed.ground) == (MatterOutcome.AGREED, Ground.AGREEMENT)
    assert agreed.effective_at == agreed.concluded_at == START + timedelta(hours=7)
    sealed = after(*UNDER_WAY, (K.CONCLUDED, {**concluded, "effective_at": "2026-11-01T09:00:00+08:00"}))
    assert sealed.effective_at == datetime(2026, 11, 1, 1, 0, tzinfo=UTC)
    assert after(*UNDER_WAY, (K.CONCLUDED, {"outcome": "failed", "ground": "g5"})).effective_at is None


def test_closing_remembers_what_it_closed_so_that_reopening_finds_it():
    closed = [*UNDER_WAY, (K.CONCLUDED, {"outcome": "withdrawn", "ground": "g2"}), (K.CLOSED, {})]
    asked = [*closed, (K.REOPEN_REQUESTED, {"reason": "x"})]
    assert after(*asked).reopen_by == "u"
    assert (after(*asked, (K.REOPENED, {})).state, after(*asked, (K.REOPENED, {})).reopen_by) == (S.CONCLUDED, None)
    assert after(*closed, (K.ARCHIVED, {}), (K.REOPENED, {})).state is S.CLOSED


def test_a_mediation_anew_has_a_period_of_its_own():
    file = after(
        *UNDER_WAY,
        (K.PAUSED, {"cause": "appraisal"}),
        (K.RESUMED, {}),
        (K.CONCLUDED, {"outcome": "agreed", "ground": "g1"}),
        (K.CONFIRMATION_APPLIED, {}),
        (K.CONFIRM_REFUSED, {}),
        (K.REMEDIATED, {"days": 30}),
    )
    assert (file.state, file.outcome, file.stops, file.period_days) == (S.MEDIATING, None, (), 30)
    assert file.period_start == START + timedelta(hours=12)


def test_a_matter_from_before_the_log_is_taken_up_as_it_stood():
    file = after(
        (
            K.ADOPTED,
            {"state": "signing", "track": "court_led", "parties": PARTIES, "mediator": "j", "confirmable": True},
        )
    )
    assert (file.state, file.track, file.team) == (S.SIGNING, Track.COURT_LED, Team("j"))
    assert file.all_agree(MEDIATION)


@pytest.mark.parametrize("payload", [{"clock": "T05"}, {"due": "2026-11-30"}, {}])
def test_a_clock_without_name_or_day_has_not_run_out(payload):
    assert after((K.CLOCK_EXPIRED, payload)).expired == frozenset()
    assert after((K.CLOCK_EXPIRED, {"clock": "T05", "due": "2026-11-30"})).expired == {("T05", "2026-11-30")}
