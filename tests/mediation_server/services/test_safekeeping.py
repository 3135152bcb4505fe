import pytest

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.log import EventKind
from mediation_server.domain.people import Side
from mediation_server.domain.sitting import RequestKind
from mediation_server.errors import BadInput, Conflict, NotFound, TooMany
from mediation_server.services import demo_cast as cast
from mediation_server.services.asking import ask
from mediation_server.services.demo_data import MATTER_1, MATTER_2, SESSION_1
from mediation_server.services.joining import invitation_letter
from mediation_server.services.notifying import sent_lately
from mediation_server.services.planning import sitting_desk
from mediation_server.services.procedure import log_findings
from mediation_server.services.safekeeping import set_safety
from mediation_server.services.scheduling import schedule
from mediation_server.store import matters
from tests.room_world import MEDIATOR, room_world


async def is_on(ctx, matter_id=MATTER_1):
    async with ctx.db.reading() as tx:
        return (await matters.matter(tx, matter_id)).safety


async def test_who_mediates_and_filing_staff_of_the_court_switch_it_and_it_is_written_down(demo):
    for user in (demo.mediator, cast.FILING):
        await set_safety(demo.ctx, user, MATTER_1, on=True)
        assert await is_on(demo.ctx)
        await set_safety(demo.ctx, user, MATTER_1, on=False)
        assert not await is_on(demo.ctx)
    assert [each.details["on"] for each in await demo.audited(AuditAction.SAFETY_CHANGED)] == [True, False] * 2
    assert [each.payload["on"] for each in await demo.log() if each.kind is EventKind.SAFETY_CHANGED] == [
        True,
        False,
    ] * 2
    assert await log_findings(demo.ctx.db, MATTER_1) == []


@pytest.mark.parametrize("who", ["other_mediator", "judge", "trial_judge"])
async def test_nobody_else_does(demo, who):
    with pytest.raises(NotFound):
        await set_safety(demo.ctx, getattr(demo, who), MATTER_1, on=True)
    assert not await is_on(demo.ctx)


async def test_a_party_asks_for_it_and_nobody_but_the_mediator_learns_of_it(demo):
    guest = await demo.guest(Side.RESPONDENT)
    before = await demo.log()
    sent = await sent_lately(demo.ctx.db)
    await ask(demo.ctx, guest, RequestKind.SAFETY, "")
    assert await demo.log() == before  # others may read the log one day
    assert await sent_lately(demo.ctx.db) == sent
    desk = await sitting_desk(demo.ctx, demo.mediator, SESSION_1)
    assert [(each.participant_id, each.kind) for each in desk.requests] == [(guest.id, RequestKind.SAFETY)]
    await set_safety(demo.ctx, demo.mediator, MATTER_1, on=True)
    assert (await sitting_desk(demo.ctx, demo.mediator, SESSION_1)).requests == ()


async def test_what_is_asked_is_bounded(demo):
    guest = await demo.guest()
    with pytest.raises(BadInput, match="text_empty"):
        await ask(demo.ctx, guest, RequestKind.ANOTHER_TIME, " ")
    with pytest.raises(BadInput):
        await ask(demo.ctx, guest, RequestKind.SAFETY, "字" * 501)
    for _ in range(10):
        await ask(demo.ctx, guest, RequestKind.ANOTHER_TIME, "下周")
    with pytest.raises(TooMany):
        await ask(demo.ctx, guest, RequestKind.ANOTHER_TIME, "下周")


async def test_a_sitting_scheduled_later_has_it_from_the_start_and_the_letter_names_nobody(demo):
    await set_safety(demo.ctx, demo.mediator, MATTER_1, on=True, first=Side.RESPONDENT)
    session = await schedule(demo.ctx, demo.mediator, MATTER_1, await demo.plan(days=4))
    assert EventKind.SAFETY_CHANGED in [each.kind for each in await demo.log(session.id)]
    letter = await invitation_letter(demo.ctx, await demo.link(Side.RESPONDENT, session.id))
    assert [each.name for each in letter.others] == ["对方当事人"]
    assert "周承安" not in "".join(each.body + each.attachment for each in await sent_lately(demo.ctx.db))


async def test_the_walls_do_not_fall_while_people_are_in_a_sitting(tmp_path):
    async with room_world(tmp_path) as world:
        matter_id = (await world.session()).matter_id
        await set_safety(world.ctx, MEDIATOR, matter_id, on=True)
        await world.sit("mediator")
        with pytest.raises(Conflict, match="safety_while_held"):
            await set_safety(world.ctx, MEDIATOR, matter_id, on=False)
        assert world.state.safety


async def test_another_matter_is_not_touched(demo):
    await set_safety(demo.ctx, demo.mediator, MATTER_1, on=True)
    assert not await is_on(demo.ctx, MATTER_2)
    with pytest.raises(NotFound):
        await set_safety(demo.ctx, demo.mediator, "x", on=True)
