import pytest

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ids import new_id
from mediation_server.domain.log import EventKind
from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import SessionState
from mediation_server.errors import BadInput, Conflict, NotFound, NotSignedIn
from mediation_server.services.demo_cast import MEDIATOR_4
from mediation_server.services.demo_data import MATTER_1, MATTER_2, MATTER_4, SESSION_1, SESSION_4
from mediation_server.services.joining import invitation_letter, seat_of
from mediation_server.services.matters import session_page
from mediation_server.services.scheduling import cancel, schedule


async def test_the_presider_and_every_party_are_named_for_a_sitting(demo):
    session = await schedule(demo.ctx, demo.mediator, MATTER_1, await demo.plan(hours=2))
    assert (session.state, session.presider_id) == (SessionState.SCHEDULED, demo.mediator.id)
    named = await demo.named(session.id)
    assert [(each.role, each.side, each.name) for each in named] == [
        (Role.MEDIATOR, Side.NEUTRAL, "郑思远"),
        (Role.APPLICANT, Side.APPLICANT, "周承安"),
        (Role.RESPONDENT, Side.RESPONDENT, "林若溪"),
    ]
    assert named[0].user_id == demo.mediator.id
    (event,) = await demo.log(session.id)
    assert (event.kind, event.actor, event.payload["minutes"]) == (EventKind.SESSION_SCHEDULED, named[0].id, 60)
    assert (await demo.audited(AuditAction.SESSION_SCHEDULED))[-1].object == f"session:{session.id}"


async def test_whoever_comes_for_an_organisation_is_named_with_it(demo):
    session = await schedule(demo.ctx, demo.other_mediator, MATTER_2, await demo.plan(MATTER_2, hours=2))
    named = await demo.named(session.id)
    assert [each.name for each in named[-2:]] == [
        "许文涛（平川财产保险股份有限公司江岚中心支公司）",
        "唐敏（平川财产保险股份有限公司江岚中心支公司）",
    ]
    assert named[-1].name_en.startswith("Tang Min (Pingchuan")


@pytest.mark.parametrize(
    ("delta", "minutes", "field"),
    [
        ({"hours": 2}, 14, "minutes"),
        ({"hours": 2}, 241, "minutes"),
        ({"minutes_ahead": -6}, 60, "starts_at"),
        ({"days": 181}, 60, "starts_at"),
    ],
)
async def test_what_does_not_fit_is_refused_by_field_and_changes_nothing(demo, delta, minutes, field):
    before, plan = await demo.everything(), await demo.plan(minutes=minutes, **delta)
    with pytest.raises(BadInput) as refusal:
        await schedule(demo.ctx, demo.mediator, MATTER_1, plan)
    assert refusal.value.field == field
    assert await demo.everything() == before


@pytest.mark.parametrize("who", ["other_mediator", "trial_judge", "judge"])
async def test_only_the_matters_mediator_schedules(demo, who):
    for matter_id in (MATTER_1, new_id(), "x"):
        with pytest.raises(NotFound) as refusal:
            await schedule(demo.ctx, getattr(demo, who), matter_id, await demo.plan(hours=1))
        assert refusal.value.code == "not_found"


async def test_a_matter_that_is_being_confirmed_has_no_more_mediation(demo):
    with pytest.raises(Conflict) as refusal:
        await schedule(demo.ctx, MEDIATOR_4, MATTER_4, await demo.plan(MATTER_4, hours=1))
    assert (refusal.value.code, refusal.value.details) == ("matter_state", {"state": "confirming"})


async def test_a_matter_has_twenty_planned_sittings_at_most(demo):
    for number in range(18):
        await schedule(demo.ctx, demo.mediator, MATTER_1, await demo.plan(hours=number + 1, minutes=15, despite=True))
    with pytest.raises(Conflict) as refusal:
        await schedule(demo.ctx, demo.mediator, MATTER_1, await demo.plan(hours=30, minutes=15))
    assert refusal.value.code == "too_many_sittings"


async def test_cancelling_closes_every_link_and_seat(demo):
    token = await demo.link()
    entry = await demo.enter(token)
    other = await demo.link(Side.RESPONDENT)
    cancelled = await cancel(demo.ctx, demo.mediator, SESSION_1)
    assert cancelled.state is SessionState.CANCELLED
    for link in (token, other):
        with pytest.raises(NotFound, match="link_invalid"):
            await invitation_letter(demo.ctx, link)
    with pytest.raises(NotSignedIn):
        await seat_of(demo.ctx, entry.participant.id, entry.seat_token)
    last = (await demo.log())[-1]
    assert (last.kind, last.payload) == (EventKind.ENDED, {"result": "cancelled"})
    assert (await demo.audited())[-1].action is AuditAction.SESSION_CANCELLED


async def test_what_is_over_or_not_yours_is_not_cancelled(demo):
    with pytest.raises(NotFound):
        await cancel(demo.ctx, demo.other_mediator, SESSION_1)
    await cancel(demo.ctx, demo.mediator, SESSION_1)
    with pytest.raises(Conflict) as refusal:
        await cancel(demo.ctx, demo.mediator, SESSION_1)
    assert refusal.value.code == "session_state"
    with pytest.raises(NotFound):
        await cancel(demo.ctx, demo.mediator, SESSION_4)
    assert (await session_page(demo.ctx, demo.mediator, SESSION_1)).sitting.session.state is SessionState.CANCELLED
