from dataclasses import replace
from datetime import timedelta

import pytest

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.log import EventKind
from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import SessionState
from mediation_server.domain.sitting import RequestKind
from mediation_server.errors import BadInput, Conflict, NotFound
from mediation_server.services import demo_cast as cast
from mediation_server.services.asking import ask
from mediation_server.services.demo_data import SESSION_1
from mediation_server.services.joining import invitation_letter, seat_of
from mediation_server.services.notifying import sent_lately
from mediation_server.services.planning import sitting_desk
from mediation_server.services.rescheduling import Change, approve, awaiting_approval, hold_on, reschedule
from mediation_server.store import sessions


def change(demo, *, days=4, **more):
    at = demo.ctx.clock.now() + timedelta(days=days)
    return Change(at, 45, **{"reason": "被申请人出差", **more})


async def sitting(demo, session_id=SESSION_1):
    async with demo.ctx.db.reading() as tx:
        return await sessions.session(tx, session_id)


async def test_links_and_seats_stay_valid_and_everybody_is_told_the_new_time(demo):
    token = await demo.link()
    entry = await demo.enter(token)
    moved = await reschedule(demo.ctx, demo.mediator, SESSION_1, change(demo))
    assert (moved.state, moved.revision, moved.minutes) == (SessionState.SCHEDULED, 1, 45)
    demo.ctx.clock.advance(seconds=4 * 24 * 3600)
    assert (await invitation_letter(demo.ctx, token)).session == moved
    assert (await seat_of(demo.ctx, entry.participant.id, entry.seat_token)).id == entry.participant.id
    told = [each.body for each in await sent_lately(demo.ctx.db) if "改到" in each.body]
    assert len(told) == 4  # a text message and a mail each
    assert all("原因：被申请人出差" in each and "链接继续有效" in each for each in told)
    event = next(each for each in await demo.log() if each.kind is EventKind.RESCHEDULED)
    assert (event.payload["revision"], event.payload["reason"]) == (1, "被申请人出差")
    assert (await demo.audited(AuditAction.SESSION_RESCHEDULED))[-1].object == f"session:{SESSION_1}"


async def test_calendar_files_follow_with_a_higher_sequence(demo):
    await demo.link()
    for _ in range(2):
        await reschedule(demo.ctx, demo.mediator, SESSION_1, change(demo))
    files = [each.attachment for each in await sent_lately(demo.ctx.db) if each.attachment]
    assert files, "the demo's people have mail addresses"
    mine = [each for each in files if "METHOD:REQUEST" in each]
    assert {line for each in mine for line in each.split("\r\n") if line.startswith("SEQUENCE")} >= {
        "SEQUENCE:1",
        "SEQUENCE:2",
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"reason": "字" * 501}, "reason"),
        ({"days": 1}, "waived"),
        ({"days": -1}, "starts_at"),
    ],
)
async def test_what_does_not_fit_is_refused_and_changes_nothing(demo, changes, field):
    before = await demo.everything()
    with pytest.raises(BadInput) as refusal:
        await reschedule(demo.ctx, demo.mediator, SESSION_1, change(demo, **changes))
    assert refusal.value.field == field
    assert await demo.everything() == before


async def test_the_third_time_for_one_side_needs_filing_staff_and_each_approval_is_good_for_one(demo):
    filing = replace(cast.FILING, court=None)
    for days in (4, 5):
        await reschedule(demo.ctx, demo.mediator, SESSION_1, change(demo, days=days, asked_by=Side.RESPONDENT))
    with pytest.raises(Conflict, match="rescheduling_needs_approval"):
        await reschedule(demo.ctx, demo.mediator, SESSION_1, change(demo, asked_by=Side.RESPONDENT))
    await reschedule(demo.ctx, demo.mediator, SESSION_1, change(demo, asked_by=Side.APPLICANT))
    await reschedule(demo.ctx, demo.mediator, SESSION_1, change(demo))  # the presider's own doing is nobody's count
    assert (await sitting_desk(demo.ctx, demo.mediator, SESSION_1)).moved[Side.RESPONDENT] == 2
    assert (await awaiting_approval(demo.ctx, filing, SESSION_1))[2] == (Side.RESPONDENT,)
    await approve(demo.ctx, filing, SESSION_1, Side.RESPONDENT)
    with pytest.raises(Conflict, match="nothing_to_approve"):
        await approve(demo.ctx, filing, SESSION_1, Side.RESPONDENT)
    await reschedule(demo.ctx, demo.mediator, SESSION_1, change(demo, asked_by=Side.RESPONDENT))
    with pytest.raises(Conflict, match="rescheduling_needs_approval"):
        await reschedule(demo.ctx, demo.mediator, SESSION_1, change(demo, asked_by=Side.RESPONDENT))


async def test_only_filing_staff_of_the_matters_court_approve(demo):
    for stranger in (demo.mediator, demo.judge, replace(cast.FILING, role=Role.FILING, court="石桥县人民法院")):
        with pytest.raises(NotFound):
            await awaiting_approval(demo.ctx, stranger, SESSION_1)
        with pytest.raises(NotFound):
            await approve(demo.ctx, stranger, SESSION_1, Side.APPLICANT)


async def test_a_wish_for_another_time_is_settled_by_moving_it(demo):
    guest = await demo.guest()
    await ask(demo.ctx, guest, RequestKind.ANOTHER_TIME, "下周三下午方便")
    desk = await sitting_desk(demo.ctx, demo.mediator, SESSION_1)
    assert [(each.kind, each.text) for each in desk.requests] == [(RequestKind.ANOTHER_TIME, "下周三下午方便")]
    await reschedule(demo.ctx, demo.mediator, SESSION_1, change(demo, asked_by=Side.APPLICANT))
    assert (await sitting_desk(demo.ctx, demo.mediator, SESSION_1)).requests == ()


async def test_what_has_begun_or_is_not_yours_is_not_moved_nor_held(demo):
    for each in (demo.other_mediator, demo.judge):
        with pytest.raises(NotFound):
            await reschedule(demo.ctx, each, SESSION_1, change(demo))
        with pytest.raises(NotFound):
            await hold_on(demo.ctx, each, SESSION_1)
    async with demo.ctx.db.transaction() as tx:
        await sessions.save(tx, replace(await sessions.session(tx, SESSION_1), state=SessionState.LIVE))
    for act in (
        lambda: reschedule(demo.ctx, demo.mediator, SESSION_1, change(demo)),
        lambda: hold_on(demo.ctx, demo.mediator, SESSION_1),
    ):
        with pytest.raises(Conflict, match="session_state"):
            await act()
