from dataclasses import replace
from datetime import timedelta

import pytest

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ids import new_id
from mediation_server.domain.invitation import InvitationState
from mediation_server.domain.log import EventKind
from mediation_server.domain.notice import Channel
from mediation_server.domain.people import Side
from mediation_server.domain.session import SessionState
from mediation_server.errors import Conflict, NotFound, NotSignedIn, TooMany
from mediation_server.rooms.state import Place
from mediation_server.services.demo_cast import MEDIATOR_4
from mediation_server.services.demo_data import SESSION_1, SESSION_1_MORNING, SESSION_4
from mediation_server.services.inviting import bar, invitations_of, issue, issue_all, revoke
from mediation_server.services.joining import invitation_letter, seat_of
from mediation_server.services.notifying import Silent, sent_lately
from mediation_server.services.throttle import Limit
from mediation_server.store import events, sessions
from tests.room_world import MEDIATOR, room_world

LINKS = Limit(200, 60 * 60 * 1000)


async def states(demo, session_id=SESSION_1):
    return {each.participant.side: each.state for each in await invitations_of(demo.ctx, demo.mediator, session_id)}


async def test_a_link_is_told_once_and_only_its_hash_is_kept(demo):
    ctx = replace(demo.ctx, notifier=Silent())  # the mock's outbox is meant to be read
    guest = await demo.guest()
    token = await issue(ctx, demo.mediator, SESSION_1, guest.id)
    assert len(token) == 43
    assert token not in str(await demo.everything())
    event = [each for each in await demo.log() if each.kind is not EventKind.NOTIFIED][-1]
    assert (event.kind, event.payload) == (EventKind.INVITATION_ISSUED, {"participant": guest.id})
    entry = (await demo.audited(AuditAction.INVITATION_ISSUED))[-1]
    assert (entry.actor, entry.object, entry.allowed) == (demo.mediator.id, f"participant:{guest.id}", True)


async def test_a_fresh_link_closes_the_former_one_of_that_person_only(demo):
    former, other = await demo.link(), await demo.link(Side.RESPONDENT)
    fresh = await demo.link()
    assert fresh != former
    with pytest.raises(NotFound, match="link_invalid"):
        await invitation_letter(demo.ctx, former)
    for token in (fresh, other):
        assert (await invitation_letter(demo.ctx, token)).session.id == SESSION_1


async def test_everybody_but_the_presider_gets_a_link_at_once(demo):
    tokens = await issue_all(demo.ctx, demo.mediator, SESSION_1)
    assert list(tokens) == [each.id for each in (await demo.named())[1:]]
    assert len(set(tokens.values())) == 2


async def test_the_presider_sees_how_each_link_stands(demo):
    assert await states(demo) == {Side.APPLICANT: InvitationState.NONE, Side.RESPONDENT: InvitationState.NONE}
    token = await demo.link()
    await demo.link(Side.RESPONDENT)
    await demo.enter(token)
    assert await states(demo) == {Side.APPLICANT: InvitationState.USED, Side.RESPONDENT: InvitationState.OPEN}
    await revoke(demo.ctx, demo.mediator, SESSION_1, (await demo.guest(Side.RESPONDENT)).id)
    demo.ctx.clock.advance(hours=13)
    assert await states(demo) == {Side.APPLICANT: InvitationState.EXPIRED, Side.RESPONDENT: InvitationState.REVOKED}


async def test_a_link_goes_out_as_a_message_without_claim_or_other_names(demo):
    before = await sent_lately(demo.ctx.db)
    token = await demo.link()
    sent = [each for each in await sent_lately(demo.ctx.db) if each not in before]
    (message,) = [each for each in sent if each.channel is Channel.SMS]
    assert message.recipient == "16100000011"
    assert f"https://mediate.example/join/{token}" in message.body
    assert message.body.startswith("【江岚市云溪区人民法院】(2026)皖9901民初2101号定于11月23日 14:10视频调解")
    for each in sent:
        said = each.subject + each.body + each.attachment
        assert not any(secret in said for secret in ("86 000", "林若溪", "16100000012", "借款"))


async def test_a_gateway_that_is_away_keeps_no_link_from_whoever_asked_for_it(demo):
    class Away:
        async def send(self, notice):
            raise ConnectionError

    ctx = replace(demo.ctx, notifier=Away())
    links = await issue_all(ctx, demo.mediator, SESSION_1)
    assert len(links) == 2
    for token in links.values():
        assert (await invitation_letter(ctx, token)).session.id == SESSION_1


async def test_revoking_closes_link_and_seat_once(demo):
    token = await demo.link()
    entry = await demo.enter(token)
    for _ in range(2):
        await revoke(demo.ctx, demo.mediator, SESSION_1, entry.participant.id)
    with pytest.raises(NotFound, match="link_invalid"):
        await invitation_letter(demo.ctx, token)
    with pytest.raises(NotSignedIn):
        await seat_of(demo.ctx, entry.participant.id, entry.seat_token)
    assert (await demo.kinds()).count(EventKind.INVITATION_REVOKED) == 1
    assert len(await demo.audited(AuditAction.INVITATION_REVOKED)) == 1


@pytest.mark.parametrize("verb", [issue, revoke])
async def test_links_are_the_presiders_and_their_sittings_own(demo, verb):
    applicant, presider = await demo.guest(), await demo.guest(Side.NEUTRAL)
    elsewhere = await demo.guest(Side.APPLICANT, SESSION_1_MORNING)
    before = await demo.everything()
    for user, session_id, participant_id in (
        (demo.other_mediator, SESSION_1, applicant.id),
        (demo.trial_judge, SESSION_1, applicant.id),
        (demo.mediator, SESSION_1, presider.id),
        (demo.mediator, SESSION_1, elsewhere.id),
        (demo.mediator, SESSION_1, new_id()),
        (demo.mediator, new_id(), applicant.id),
        (demo.mediator, "../" + SESSION_1, applicant.id),
    ):
        with pytest.raises(NotFound) as refusal:
            await verb(demo.ctx, user, session_id, participant_id)
        assert refusal.value.code == "not_found"
    assert await demo.everything() == before


async def test_there_are_no_links_to_what_is_over(demo):
    with pytest.raises(Conflict) as refusal:
        await issue_all(demo.ctx, MEDIATOR_4, SESSION_4)
    assert refusal.value.code == "session_over"
    demo.ctx.clock.advance(hours=12, seconds=601)
    with pytest.raises(Conflict) as refusal:
        await demo.link()
    assert refusal.value.code == "session_over"


async def test_a_link_expires_twelve_hours_after_the_planned_start(demo):
    token = await demo.link()
    async with demo.ctx.db.reading() as tx:
        starts_at = (await sessions.session(tx, SESSION_1)).starts_at
    until = starts_at + timedelta(hours=12) - demo.ctx.clock.now()
    demo.ctx.clock.advance(seconds=until.total_seconds() - 1)
    assert (await invitation_letter(demo.ctx, token)).session.id == SESSION_1
    demo.ctx.clock.advance(seconds=1)
    with pytest.raises(NotFound, match="link_invalid"):
        await invitation_letter(demo.ctx, token)


async def test_a_sitting_has_two_hundred_links_an_hour_at_most(demo):
    ctx = replace(demo.ctx, notifier=Silent())
    for number in range(200):
        assert ctx.throttle.admit(ctx.clock, f"links:{SESSION_1}", LINKS), number
    with pytest.raises(TooMany) as refusal:
        await issue(ctx, demo.mediator, SESSION_1, (await demo.guest()).id)
    assert refusal.value.code == "too_many_links"
    ctx.clock.advance(hours=1)
    assert await issue(ctx, demo.mediator, SESSION_1, (await demo.guest()).id)


async def test_whoever_is_barred_comes_back_only_by_a_fresh_link_and_into_the_lobby(demo):
    token = await demo.link()
    entry = await demo.enter(token)
    guest = entry.participant.id
    async with demo.ctx.db.transaction() as tx:
        await bar(demo.ctx, tx, guest, "presider")
        await events.append_event(
            tx,
            SESSION_1,
            at=demo.ctx.clock.now(),
            offset_ms=0,
            actor="presider",
            kind=EventKind.REMOVED,
            payload={"participant": guest, "reason": "辱骂"},
        )
    for attempt in (demo.enter(token), invitation_letter(demo.ctx, token)):
        with pytest.raises(NotFound, match="link_invalid"):
            await attempt
    with pytest.raises(NotSignedIn):
        await seat_of(demo.ctx, guest, entry.seat_token)
    assert (await demo.audited(AuditAction.SEAT_BARRED))[-1].object == f"participant:{guest}"
    assert (await demo.enter(await demo.link())).seat_token
    assert (await demo.kinds()).count(EventKind.RETURNED_TO_LOBBY) == 1
    await demo.link()
    assert (await demo.kinds()).count(EventKind.RETURNED_TO_LOBBY) == 1


async def test_whoever_loses_their_link_leaves_the_live_room_at_once(tmp_path):
    async with room_world(tmp_path) as world:
        await world.live("zhou", "lin")
        zhou = world.ids["zhou"]
        async with world.ctx.db.reading() as tx:
            session = await sessions.session(tx, world.session_id)
        await issue(world.ctx, MEDIATOR, session.id, zhou)
        assert world.engine.reach(world.session_id, world.ids["lin"]) >= {zhou}
        await revoke(world.ctx, MEDIATOR, session.id, zhou)
        assert world.seat("zhou").place is Place.REMOVED
        assert zhou not in world.engine.reach(world.session_id, world.ids["lin"])
        assert world.ears.heard[world.connections["zhou"]][-1] == ("removed", {"reason": "link_revoked"})
        assert world.connections["zhou"] in world.ears.ended
        assert session.state is SessionState.LIVE
