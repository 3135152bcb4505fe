"""Random schedules of commands against the life cycle: what must hold whatever anybody asks, in whatever order."""

from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediation_server.domain.calendar import CHINA, days_after, local_date
from mediation_server.domain.lifecycle import Capacity, Command, CommandKind, decide, may_sit, possible
from mediation_server.domain.lifecycle_effects import EFFECTS, MAKERS
from mediation_server.domain.lifecycle_guards import CONDITIONS, GUARDS
from mediation_server.domain.lifecycle_table import REJECTIONS, TABLE
from mediation_server.domain.matter import MatterOutcome, MatterState, Track
from mediation_server.domain.matter_file import MatterFile
from mediation_server.domain.matter_folds import file_of
from mediation_server.domain.matter_log import MatterEventKind, first_break
from mediation_server.domain.session import SessionKind
from mediation_server.errors import Conflict, MediationError
from tests.matter_story import CASE_NO, COURT, EVERYBODY, FILING, LIN, MEDIATOR, ZHOU, Story
from web.i18n import load_catalogue

S, K, C = MatterState, MatterEventKind, CommandKind
SITTABLE = {S.MEDIATING, S.PROPOSAL_SERVED, S.SIGNING}
WITH_TEAM = {S.MEDIATING, S.PAUSED, S.PROPOSAL_SERVED, S.SIGNING}
TEXTS = load_catalogue("zh")
PARTIES = {"zhou": "applicant", "lin": "respondent"}
THREE = {**PARTIES, "qian": "third"}

# What a command would say if all were well; whoever draws it may still be the wrong one, or too late.
SAID = {
    C.CREATE: {"parties": PARTIES},
    C.SUBMIT: {"receipt": "r"},
    C.REQUEST_SUPPLEMENT: {"defects": ["no_phone"], "due": "2026-11-09"},
    C.REJECT: {"reason": REJECTIONS[0], "alternative": "诉讼"},
    C.COURT_DIVERT: {
        "parties": PARTIES,
        "track": "postfiling_entrusted",
        "case_no": CASE_NO,
        "procedure": "简易",
        "consents": ["zhou"],
    },
    C.UNREACHABLE: {"party": "lin", "reason": "无法联系"},
    C.CHOOSE_JOINTLY: {"mediator": "m1", "choices": {"zhou": "m1", "lin": "m1", "qian": "m1"}},
    C.DECLINE: {"reason": "超出专业", "justified": True},
    C.ACCEPT: {"relations": []},
    C.REQUEST_REPLACEMENT: {"reason": "利害关系"},
    C.DECIDE_REPLACEMENT: {"upheld": True, "reason": "属实"},
    C.CONTACT: {"party": "lin", "channel": "phone"},
    C.START_APPRAISAL: {"reason": "鉴定", "consents": [*THREE]},
    C.SUSPECT_FALSE_MEDIATION: {"reason": "虚构债务"},
    C.FORCE_MAJEURE: {"reason": "暴雨"},
    C.FIND_FALSE_MEDIATION: {"reason": "虚构债务"},
    C.CHANGE_PROCEDURE: {"procedure": "普通"},
    C.SERVE_PROPOSAL: {"proposal": "p", "sha256": "33", "explained": True},
    C.EDIT: {"agreement": "v", "version": 2},
    C.RECORD_AGREEMENT: {"outcome": "agreed"},
    C.RECORD_PERFORMANCE: {"proof": "收条", "confirmed_by": [*THREE]},
    C.SETTLE_SELF: {"confirmed_by": [*THREE]},
    C.FAIL: {"ground": "g5", "reason": "分歧较大"},
    C.RECALL: {"reason": "撤诉"},
    C.APPLY_CONFIRMATION: {"applicants": [*THREE], "court": "云溪区"},
    C.ACCEPT_CONFIRMATION: {"case_no": CASE_NO},
    C.WITHDRAW_CONFIRMATION: {"reason": "撤回"},
    C.REFUSE_CONFIRMATION: {"reason": "内容不明确"},
    C.REQUEST_JUDGMENT: {"request": "1"},
    C.REFUSE_JUDGMENT: {"reason": "内容不明确"},
    C.LAST_RECEIPT: {"effective_on": "2026-11-20"},
    C.TRACK_PERFORMANCE: {"instalments": [{"due": "2026-12-01", "fen": 100}]},
    C.NOTICE_FEE: {"fen": 1000},
    C.PRESERVE: {"measure_on": "2026-11-05"},
    C.ARCHIVE: {"catalogue_sha256": "44"},
    C.REQUEST_REOPEN: {"reason": "错字"},
    C.REOPEN: {"reason": "错字"},
    C.SET_RETENTION: {"retention": "long", "reason": "重大"},
    C.HOLD: {"hold": "h1", "cause": "complaint", "reason": "投诉"},
    C.ASK_RELEASE: {"hold": "h1", "reason": "办结"},
    C.RELEASE: {"hold": "h1", "reason": "办结"},
    C.PROPOSE_DISPOSAL: {"reason": "到期"},
    C.DECLINE_DISPOSAL: {"reason": "未核对"},
    C.DISPOSE: {"certificate": "c", "sha256": "55", "recordings": 1, "reason": "核对无误"},
}
DRAWN = {
    C.CONSENT: {"item": ["c1", "c6", "c10"], "answer": [True] * 5 + [False]},
    C.APPOINT: {"mediator": ["m1", "m2"]},
    C.ASK_EXTENSION: {"days": range(1, 8)},
    C.EXTEND: {"days": range(1, 8)},
    C.REMEDIATE: {"days": range(1, 40)},
    C.DIVERT: {
        "track": [each.value for each in Track],
        "confirmable": [True, False],
        "case_no": [CASE_NO],
        "procedure": ["普通", "简易"],
    },
    C.CIRCULATE: {"agreement": ["v"], "version": [1], "sha256": ["11", "22"]},
    C.EXPIRE: {"clock": ["T02", "T03", "T05", "T08"], "due": ["1", "2", "3"]},
}
OF_A_PARTY = {C.CONSENT, C.REFUSE, C.REJECT_APPOINTMENT, C.REQUEST_REPLACEMENT, C.SIGN, C.REFUSE_TO_SIGN}
RARE = {
    C.HOLD,
    C.ASK_RELEASE,
    C.SET_RETENTION,
    C.CONTACT,
    C.DISCLOSE,
    C.NOTICE_FEE,
    C.PRESERVE,
    C.RECALL,
    C.FAIL,
    C.WITHDRAW,
    C.SETTLE_SELF,
    C.RECORD_AGREEMENT,
}
OF_A_PARTY |= {C.WITHDRAW, C.SETTLE_SELF, C.RENEGE}


def payload_of(chance, file, kind, who):
    said = dict(SAID.get(kind, {}))
    if kind in OF_A_PARTY:
        said["party"] = who.party or chance.choice([*THREE])
    if kind is C.SIGN:
        text = file.agreement.sha256 if file.agreement else "11"
        said |= {"agreement": "v", "sha256": chance.choice([text] * 5 + ["22"]), "method": "sms_otp"}
    if kind is C.CONSENT:
        said |= {"text_version": "1", "given_by": who.id, "channel": "web"}
    return said | {key: chance.choice(values) for key, values in DRAWN.get(kind, {}).items()}


def asked(chance, story):
    """Somebody and what they ask: mostly what is offered to them now, sometimes anything at all."""
    if not chance.randrange(12):
        return chance.choice(EVERYBODY), chance.choice([*C])
    offered = [(who, kind) for who in EVERYBODY for kind in sorted(possible(story.file, who, story.now))]
    weights = [1 if kind in RARE else 6 for _, kind in offered]
    return chance.choices(offered, weights)[0] if offered else (FILING, C.CLOSE)


def move(chance, story, unsent):
    """One step of a schedule."""
    story.later(hours=chance.choice([0, 0, 0, 1, 26, 75, 200, 800]))
    who, kind = asked(chance, story)
    payload = payload_of(chance, story.file, kind, who)
    return kind, outcome_of(story, kind, who, payload, messages_unsent=unsent, presider="shen")


def outcome_of(story, kind, who, payload, **facts):
    """The kinds of the events written, or None for a refusal, which has a text and changes nothing."""
    before, written = story.file, len(story.log)
    try:
        return story.do(kind, who, payload, **facts)
    except MediationError as refusal:
        told = f"error.{refusal.code}" in TEXTS
    assert (told, story.file is before, len(story.log)) == (True, True, written)
    return None


def pending():
    story = Story().diverted()
    story.says(ZHOU)
    story.do(C.ALL_CONSENT, FILING)
    story.do(C.APPOINT, FILING, {"mediator": "m1"})
    story.do(C.ACCEPT, MEDIATOR, {"relations": []})
    return story


def replaced():
    story = Story().mediating()
    story.do(C.REQUEST_REPLACEMENT, LIN, {"party": "lin", "reason": "利害关系"})
    story.do(C.DECIDE_REPLACEMENT, FILING, {"upheld": True, "reason": "属实"})
    return story


def supplementing():
    story = Story().submitted()
    story.do(C.REQUEST_SUPPLEMENT, FILING, {"defects": ["no_phone"], "due": "2026-11-09"})
    return story


def closed():
    story = Story(Track.COURT_LED).agreed()
    story.do(C.CLOSE, FILING)
    return story


STARTS = [
    Story,
    supplementing,
    pending,
    replaced,
    closed,
    *(lambda track=track: Story(track).diverted() for track in Track),
    *(lambda track=track: Story(track).mediating() for track in Track),
    *(lambda track=track: Story(track).signing() for track in Track),
    *(lambda track=track: Story(track).agreed() for track in Track),
    lambda: Story(confirmable=False).agreed(),
    lambda: Story(parties=THREE).mediating(),
]


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(STARTS), st.sampled_from([0, 1]))
def test_no_schedule_of_commands_breaks_what_the_law_wants(seed, start, unsent):
    chance, story = Random(seed), start()
    for _ in range(15):
        before = story.file
        kind, kinds = move(chance, story, unsent)
        if kinds is not None:
            _holds(before, story, kind, kinds, unsent)
    assert first_break(story.log) is None
    assert file_of("m", story.log) == story.file
    assert story.file.version == len(story.log)


def _holds(before, story, kind, kinds, unsent):
    file = story.file
    _leads_where_the_table_says(before, file, kind)
    _has_one_team(file)
    _keeps_its_period(before, file, kinds)
    _confirms_only_what_may_be(before, story)
    assert not (file.state is S.ARCHIVED and before.state is not S.ARCHIVED and unsent)
    assert not (file.consent_pending and file.state in {S.PROPOSAL_SERVED, S.SIGNING})
    if before.period_start and K.REMEDIATED not in kinds:
        assert file.period_start == before.period_start
    assert (file.outcome in (MatterOutcome.AGREED, MatterOutcome.PARTIAL)) == (file.effective_at is not None)
    if before.submitted_at:
        assert file.submitted_at == before.submitted_at


def _leads_where_the_table_says(before, file, kind):
    rows = [row for row in TABLE if row.command is kind and before.state in row.sources]
    reachable = {state for row in rows for state in (row.to or (before.state,))} | (
        {before.state} if kind is C.CONSENT else set()
    )
    assert file.state in reachable


def _has_one_team(file):
    assert not (file.team and file.candidate and file.state is not S.CONCLUDED)
    assert (file.candidate is not None) == (file.state is S.AWAITING_ACCEPT)
    if file.state in WITH_TEAM:
        assert file.team is not None
        assert file.team.presider not in file.recused
    if file.state in {S.APPOINTING, S.AWAITING_ACCEPT}:
        assert file.team is None


def _keeps_its_period(before, file, kinds):
    was, now = before.period_end(CHINA), file.period_end(CHINA)
    if was is None or now == was:
        return
    assert {K.RESUMED, K.EXTENDED, K.PROCEDURE_CHANGED, K.REMEDIATED} & set(kinds)
    if {K.EXTENDED, K.REMEDIATED} & set(kinds):
        assert before.all_agree("c6")
    if K.RESUMED in kinds:
        assert before.is_stopped


def _confirms_only_what_may_be(before, story):
    if story.file.state is not S.CONFIRMING or before.state is S.CONFIRMING:
        return
    applied = local_date(story.log[-1].at)
    assert before.confirmable
    assert before.track in (Track.PREFILING_DELEGATED, Track.ORG_ACCEPTED)
    assert applied <= days_after(local_date(before.effective_at), 30, CHINA)


@pytest.mark.parametrize("kind", C)
def test_a_command_that_a_state_does_not_know_is_refused_by_code_whoever_gives_it(kind):
    known = {state for row in TABLE if row.command is kind for state in row.sources}
    for state, who in product({None, *S} - known, EVERYBODY):
        with pytest.raises(Conflict) as refusal:
            decide(MatterFile("m", state=state), Command(kind), who, Story().now)
        assert (refusal.value.code, refusal.value.details["command"]) == ("matter_state", kind.value)


def test_the_table_names_only_what_is_written_and_all_of_it():
    def used(column):
        return {name for row in TABLE for name in getattr(row, column)}

    assert used("guards") == set(GUARDS)
    assert used("when") == set(CONDITIONS)
    assert used("effects") == set(EFFECTS)
    assert {row.command for row in TABLE} == set(C)
    assert set(MAKERS) <= set(C)
    assert {who for row in TABLE for who in row.who} == set(Capacity)


def test_every_state_can_be_reached_and_left_but_those_that_are_the_end():
    reached = {state for row in TABLE for state in row.to}
    assert reached == set(S)
    left = {state for row in TABLE if set(row.to) - row.sources for state in row.sources}
    assert left == {None, *S}


def test_sittings_are_held_only_where_the_matter_allows():
    for kind, state, pending in product(SessionKind, [None, *S], [True, False]):
        allowed = {
            SessionKind.MEDIATION: state in SITTABLE and not pending,
            SessionKind.PREP: state in {S.MEDIATING, S.PROPOSAL_SERVED},
            SessionKind.ASYNC: state in {S.MEDIATING, S.PROPOSAL_SERVED} and not pending,
            SessionKind.CONFIRMATION_CHECK: state is S.CONFIRMING,
            SessionKind.JUDGMENT_CHECK: state is S.JUDGMENT_REQUESTED,
        }[kind]
        assert may_sit(kind, state, consent_pending=pending) is allowed


def test_what_is_offered_is_what_the_capacity_may_do_now():
    story = Story().mediating()
    offered = {who.id: possible(story.file, who, story.now) for who in (ZHOU, LIN, MEDIATOR, FILING, COURT)}
    assert {C.FAIL, C.CIRCULATE, C.EXTEND} <= offered["m1"]
    assert C.WITHDRAW in offered["zhou"]
    assert C.WITHDRAW not in offered["lin"]
    assert C.RECALL in offered["court"]
    assert C.ACCEPT not in offered["m1"]


STRANGE = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2)
KEYS = st.sampled_from(["party", "parties", "days", "track", "choices", "others", "defects", "clock", "x"])


@given(st.randoms(), st.sampled_from(STARTS), st.sampled_from(sorted(C)), st.dictionaries(KEYS, STRANGE, min_size=1))
def test_no_payload_however_strange_is_written(chance, start, kind, strange):
    story, who = start(), chance.choice(EVERYBODY)
    before = len(story.log)
    outcome_of(story, kind, who, payload_of(chance, story.file, kind, who) | strange)
    assert "x" not in {key for event in story.log[before:] for key in event.payload}
