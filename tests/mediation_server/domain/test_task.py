"""Tasks: somebody has each of them, and each of them can end."""

import pytest

from mediation_server.domain.matter_folds import file_of
from mediation_server.domain.matter_log import MatterEventKind
from mediation_server.domain.people import Role
from mediation_server.domain.task import RULES, TaskKind, opened_by, settled_by, tasks_of
from tests.matter_story import COURT, FILING, MEDIATOR, ZHOU, C, Story


@pytest.mark.parametrize("kind", list(TaskKind))
def test_every_task_is_somebodys_and_can_be_settled(kind):
    rule = RULES[kind]
    assert rule.whose
    assert rule.by_hand != bool(rule.settled_by)
    assert rule.days >= 1


@pytest.mark.parametrize("role", [Role.PARTY, Role.MEDIATOR, Role.AUDITOR])
def test_who_decides_nothing_has_none(role):
    assert tasks_of(role) == frozenset()


def opened(story):
    """What each entry of a story's log leaves to do, in order."""
    found = []
    for number, event in enumerate(story.log):
        task = opened_by(event, file_of("m", story.log[: number + 1]))
        found += [task] if task else []
    return found


def test_a_case_closed_after_all_signed_is_for_people_with_both_instants():
    story = Story().agreed()
    story.do(C.RECALL, COURT, {"reason": "撤诉"})
    ((kind, facts),) = opened(story)
    assert kind is TaskKind.SETTLE_CLOSURE
    assert facts["signed_at"] < facts["closed_at"]


def test_what_not_all_have_signed_is_void_and_nobodys_task():
    story = Story().signing()
    story.sign(ZHOU)
    story.do(C.RECALL, COURT, {"reason": "撤诉"})
    assert opened(story) == []


def test_a_suspicion_is_checked_by_court_and_body_and_ends_with_either_answer():
    story = Story().mediating()
    story.do(C.SUSPECT_FALSE_MEDIATION, MEDIATOR, {"reason": "如出一辙"})
    ((kind, facts),) = opened(story)
    assert (kind, facts["reason"], facts["said_by"]) == (TaskKind.CHECK_SUSPICION, "如出一辙", MEDIATOR.id)
    story.do(C.RESUME, FILING)
    assert kind in settled_by(story.log[-1])


def test_an_appraisal_is_nobodys_task():
    story = Story().mediating()
    story.do(C.START_APPRAISAL, FILING, {"reason": "伤残等级", "consents": ["zhou", "lin"]})
    assert opened(story) == []


def test_asking_for_a_vanished_mediator_ends_with_the_matter():
    story = Story().mediating()
    story.do(C.REQUEST_REPLACEMENT, ZHOU, {"party": "zhou", "reason": "同学"})
    assert [kind for kind, _ in opened(story)] == [TaskKind.DECIDE_REPLACEMENT]
    story.do(C.FAIL, MEDIATOR, {"ground": "g5", "conclusion": "c"})
    concluded = next(each for each in story.log if each.kind is MatterEventKind.CONCLUDED)
    assert TaskKind.DECIDE_REPLACEMENT in settled_by(concluded)
