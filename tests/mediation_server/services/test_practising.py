from datetime import timedelta

import pytest

from mediation_server.domain.matter import MatterState, Track
from mediation_server.domain.people import Side
from mediation_server.errors import BadInput, MediationError, Refused, TooMany
from mediation_server.services import demo_cast as cast
from mediation_server.services.practising import CAUSES, COURTS, Wish, practise
from mediation_server.services.procedure import log_findings
from mediation_server.store import matters, sessions

WISHES = [
    (court, track)
    for court in COURTS
    for track in Track
    if track is not Track.PREFILING_DELEGATED or court == cast.SHIQIAO
]


async def refusal_of(call):
    with pytest.raises(MediationError) as raised:
        await call
    return raised.value


async def held(demo, matter_id):
    async with demo.ctx.db.reading() as tx:
        matter = await matters.matter(tx, matter_id)
        [session] = await sessions.sessions_of(tx, matter_id)
        return matter, session, await sessions.participants_of(tx, session.id)


@pytest.mark.parametrize(("court", "track"), WISHES)
async def test_a_practice_matter_is_being_mediated_and_has_a_sitting_in_ten_minutes(demo, court, track):
    made = await practise(demo.ctx, Wish(court, track.value, "民间借贷纠纷"))
    matter, session, named = await held(demo, made.matter_id)
    assert (matter.state, matter.track, matter.court) == (MatterState.MEDIATING, track, court)
    assert matter.mediator_id == session.presider_id == made.presider.id
    ahead = session.starts_at - demo.ctx.clock.now()
    assert timedelta(minutes=9) <= ahead <= timedelta(minutes=10)
    assert [each.name for each in named if each.side is not Side.NEUTRAL] == ["陶静怡", "石磊"]
    assert (matter.case_no is None) == (track is Track.ORG_ACCEPTED)
    assert await log_findings(demo.ctx.db, made.matter_id) == []


@pytest.mark.parametrize("cause", CAUSES)
async def test_every_cause_that_is_offered_can_be_practised(demo, cause):
    made = await practise(demo.ctx, Wish(cast.YUNXI, "court_led", cause))
    matter, _, _ = await held(demo, made.matter_id)
    assert matter.confirmable == (cause != "离婚纠纷")


async def test_whoever_asks_mediates_it_if_the_roster_lets_them(demo):
    wish = Wish(cast.YUNXI, "postfiling_entrusted", "民间借贷纠纷")
    assert (await practise(demo.ctx, wish, cast.MEDIATOR_5)).presider.id == cast.MEDIATOR_5.id
    assert (await practise(demo.ctx, wish, cast.CONFIRMING_JUDGE)).presider.id == cast.MEDIATOR_1.id
    led = Wish(cast.YUNXI, "court_led", "民间借贷纠纷")
    assert (await practise(demo.ctx, led, cast.CONFIRMING_JUDGE)).presider.id == cast.CONFIRMING_JUDGE.id


async def test_two_practice_matters_have_nothing_in_common(demo):
    wish = Wish(cast.YUNXI, "postfiling_entrusted", "民间借贷纠纷")
    first, second = [await held(demo, (await practise(demo.ctx, wish)).matter_id) for _ in range(2)]
    assert first[0].ref != second[0].ref
    assert {each.id for each in first[2]}.isdisjoint(each.id for each in second[2])


@pytest.mark.parametrize(
    ("wish", "field", "code"),
    [
        (Wish("外地法院", "court_led", "民间借贷纠纷"), "court", "court_not_offered"),
        (Wish(cast.YUNXI, "prefiling_delegated", "民间借贷纠纷"), "track", "track_not_open"),
        (Wish(cast.YUNXI, "no such track", "民间借贷纠纷"), "track", "track_not_open"),
        (Wish(cast.YUNXI, "court_led", "没有这个案由"), "cause", "cause_unknown"),
    ],
)
async def test_what_is_not_offered_is_refused_and_nothing_is_made(demo, wish, field, code):
    before = await demo.everything()
    refused = await refusal_of(practise(demo.ctx, wish))
    assert (type(refused), refused.code, refused.field) == (BadInput, code, field)
    assert await demo.everything() == before


async def test_a_body_takes_only_what_its_charter_covers(demo):
    before = await demo.everything()
    refused = await refusal_of(practise(demo.ctx, Wish(cast.YUNXI, "org_accepted", "买卖合同纠纷")))
    assert (type(refused), refused.code) == (Refused, "outside_charter")
    assert await demo.everything() == before


async def test_nobody_fills_the_house_with_practice_matters(demo):
    wish = Wish(cast.YUNXI, "court_led", "民间借贷纠纷")  # led by a judge: the roster sets no limit to them
    for _ in range(30):
        await practise(demo.ctx, wish)
    refused = await refusal_of(practise(demo.ctx, wish))
    assert (type(refused), refused.code) == (TooMany, "too_many_practice")


async def test_only_the_demo_practises(demo):
    settings = demo.ctx.settings.model_copy(update={"demo": False})
    object.__setattr__(demo.ctx, "settings", settings)
    refused = await refusal_of(practise(demo.ctx, Wish(cast.YUNXI, "court_led", "民间借贷纠纷")))
    assert (type(refused), refused.code) == (Refused, "demo_only")
