"""How long a record is kept and what holds it: pure rules, over a hundred thousand invented records and days."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from mediation_server.domain.calendar import CHINA
from mediation_server.domain.matter_folds import file_of
from mediation_server.domain.retention import YEARS, Bar, Hold, HoldCause, Keeping, RetentionClass
from mediation_server.domain.task import TaskKind, opened_by
from mediation_server.errors import Conflict, Refused
from tests.matter_story import ADMIN, CLERK, FILING, JUDGE, MEDIATOR, SYSTEM, C, Story

AT = datetime(2026, 1, 1, tzinfo=UTC)
HELD = Hold("h", HoldCause.COMPLAINT, "j", AT)


def drawn(chance):
    """A record as it may lie in an archive, and a day."""
    archived = date(2020, 1, 1) + timedelta(days=chance.randrange(4_000)) if chance.random() < 0.9 else None
    keeping = Keeping(
        chosen=chance.choice([None, None, *RetentionClass]),
        archived_on=archived,
        holds=(HELD,) if chance.random() < 0.2 else (),
        disposed_at=AT if chance.random() < 0.1 else None,
    )
    return keeping, chance.random() < 0.5, date(2020, 1, 1) + timedelta(days=chance.randrange(40_000))


def test_of_a_hundred_thousand_records_none_goes_too_early_held_or_twice():
    chance, went = random.Random(67), 0
    for _ in range(100_000):
        keeping, has_case, today = drawn(chance)
        bar = keeping.bar(today, CHINA, has_case=has_case)
        if bar is not None:
            continue
        went += 1
        kind = keeping.kind(has_case=has_case)
        assert keeping.archived_on is not None
        assert keeping.disposed_at is None
        assert keeping.holds == ()
        assert kind is not RetentionClass.PERMANENT
        assert today.year - keeping.archived_on.year >= YEARS[kind]
        assert today > keeping.until(CHINA, has_case=has_case)
        assert keeping.bar(today + timedelta(days=chance.randrange(9_000)), CHINA, has_case=has_case) is None
    assert went > 10_000  # the rule lets go at all


def test_what_never_became_a_case_is_kept_ten_years_and_a_case_thirty():
    kept = Keeping(archived_on=date(2026, 11, 2))
    assert kept.until(CHINA, has_case=False) == date(2036, 11, 3)  # the second is a Sunday
    assert kept.until(CHINA, has_case=True).year == 2056


@pytest.mark.parametrize(
    ("keeping", "bar"),
    [
        (Keeping(), Bar.NOT_ARCHIVED),
        (Keeping(archived_on=date(2000, 1, 3), chosen=RetentionClass.PERMANENT), Bar.PERMANENT),
        (Keeping(archived_on=date(2000, 1, 3), holds=(HELD,)), Bar.HELD),
        (Keeping(archived_on=date(2020, 1, 3)), Bar.RUNS),
        (Keeping(archived_on=date(2000, 1, 3), disposed_at=AT), Bar.DISPOSED),
        (Keeping(archived_on=date(2000, 1, 3)), None),
    ],
)
def test_the_first_bar_that_applies_is_named(keeping, bar):
    assert keeping.bar(date(2026, 11, 2), CHINA, has_case=False) is bar


def archived():
    story = Story().agreed()
    story.do(C.CLOSE, FILING)
    story.do(C.ARCHIVE, CLERK, {"catalogue_sha256": "44"})
    return story


def says(why):
    return {"reason": why}


def certificate(**more):
    return {"certificate": "c", "sha256": "55", "recordings": 1, "reason": "核对无误", **more}


def test_a_record_goes_by_two_people_after_its_time_and_once():
    story = archived()
    with pytest.raises(Conflict, match="disposal_barred"):
        story.do(C.PROPOSE_DISPOSAL, CLERK, says("到期"))
    story.later(days=366 * 10)
    with pytest.raises(Conflict, match="disposal_not_proposed"):
        story.do(C.DISPOSE, ADMIN, certificate())
    story.do(C.PROPOSE_DISPOSAL, CLERK, says("到期"))
    story.do(C.DISPOSE, ADMIN, certificate())
    assert story.log[-1].payload["proposed_by"] == CLERK.id
    with pytest.raises(Conflict, match="disposal_barred"):
        story.do(C.DISPOSE, ADMIN, certificate())


def test_a_hold_takes_back_what_was_proposed_and_ends_by_a_second_person_alone():
    story = archived().later(days=366 * 10)
    story.do(C.PROPOSE_DISPOSAL, CLERK, says("到期"))
    story.do(C.HOLD, JUDGE, {"hold": "h1", "cause": "complaint", "reason": "投诉"})
    assert story.file.keeping.proposed_by is None
    with pytest.raises(Conflict, match="disposal_barred"):
        story.do(C.DISPOSE, ADMIN, certificate())
    with pytest.raises(Refused, match="second_person_needed"):
        story.do(C.RELEASE, JUDGE, {"hold": "h1", "reason": "办结"})  # nobody asked
    story.do(C.ASK_RELEASE, JUDGE, {"hold": "h1", "reason": "办结"})
    with pytest.raises(Refused, match="second_person_needed"):
        story.do(C.RELEASE, JUDGE, {"hold": "h1", "reason": "办结"})
    story.do(C.RELEASE, FILING, {"hold": "h1", "reason": "核对"})
    assert story.file.keeping.holds == ()


def test_a_suspicion_of_sham_mediation_holds_until_it_is_settled():
    story = Story().mediating()
    story.do(C.SUSPECT_FALSE_MEDIATION, MEDIATOR, says("虚构债务"))
    assert [each.cause for each in story.file.keeping.holds] == [HoldCause.FALSE_MEDIATION]
    story.do(C.RESUME, FILING)
    assert story.file.keeping.holds == ()
    story.do(C.SUSPECT_FALSE_MEDIATION, MEDIATOR, says("虚构债务"))
    story.do(C.FIND_FALSE_MEDIATION, JUDGE, says("虚构债务"))
    assert len(story.file.keeping.holds) == 1


def test_another_class_moves_the_last_day_and_takes_back_what_was_proposed():
    story = archived().later(days=366 * 10)
    story.do(C.PROPOSE_DISPOSAL, CLERK, says("到期"))
    story.do(C.SET_RETENTION, FILING, {"retention": "long", "reason": "重大"})
    assert story.file.keeping.proposed_by is None
    assert story.file.kept_until(CHINA).year == 2086
    story.do(C.SET_RETENTION, FILING, {"retention": "permanent", "reason": "重大"})
    assert story.file.kept_until(CHINA) is None


def test_each_step_leaves_the_next_person_a_task():
    story = archived().later(days=366 * 10)

    def left():
        task = opened_by(story.log[-1], file_of("m", story.log))
        return task and task[0]

    story.do(C.EXPIRE, SYSTEM, {"clock": "T18", "due": story.file.kept_until(CHINA).isoformat()})
    assert left() is TaskKind.DISPOSE_RECORDINGS
    story.do(C.PROPOSE_DISPOSAL, CLERK, says("到期"))
    assert left() is TaskKind.APPROVE_DISPOSAL
    story.do(C.DECLINE_DISPOSAL, ADMIN, says("未核对"))
    assert left() is TaskKind.DISPOSE_RECORDINGS
    for name in ("h1", "h2"):
        story.do(C.HOLD, FILING, {"hold": name, "cause": "review", "reason": "再审"})
        story.do(C.ASK_RELEASE, FILING, {"hold": name, "reason": "办结"})
    assert left() is TaskKind.APPROVE_RELEASE
    story.do(C.RELEASE, JUDGE, {"hold": "h1", "reason": "核对"})
    assert left() is TaskKind.APPROVE_RELEASE  # the other one still waits
    story.do(C.RELEASE, JUDGE, {"hold": "h2", "reason": "核对"})
    assert left() is TaskKind.DISPOSE_RECORDINGS
