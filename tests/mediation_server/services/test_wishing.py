"""What an applicant wishes reaches the court and nobody else; it decides nothing."""

import pytest

from mediation_server.domain.application import ApplicationStep
from mediation_server.domain.application_checks import answers_problems
from mediation_server.domain.calendar import local_date
from mediation_server.domain.wish import Wish, wish_of
from mediation_server.errors import BadInput
from mediation_server.services import applying
from mediation_server.services import demo_cast as cast
from mediation_server.services.appointing import appoint_page
from mediation_server.services.receiving import receive
from mediation_server.services.triaging import application
from mediation_server.services.wishing import wishable, wished_in
from mediation_server.store import matters, roster
from tests.applications import DISPUTE, complete_draft
from tests.court_letters import letter
from tests.mediation_server.services.test_applying import ZHOU, submitted


def wishing(text):
    return complete_draft(phone=ZHOU.phone).saying(ApplicationStep.DISPUTE, {**DISPUTE, "wish": text})


async def test_who_can_be_wished_for_are_the_bodies_and_mediators_of_that_court_those_of_the_field_first(demo):
    found = await wishable(demo.ctx, "9901", "机动车交通事故责任纠纷")
    assert cast.BODY_YUNXI in {each.id for each in found.organisations}
    assert all(cast.YUNXI in each.courts for each in found.organisations)
    assert found.mediators
    assert all(each.user.active for each in found.mediators)
    assert (await wishable(demo.ctx, "0000", "")).mediators == ()


@pytest.mark.parametrize("wish", [Wish(organisation_id=cast.BODY_YUNXI), Wish(mediator_id=cast.MEDIATOR_1.id)])
async def test_the_court_reads_the_wish_where_it_decides_and_where_it_names_somebody(demo, wish):
    assert wish_of(wish.text()) == wish
    _, matter_id = await submitted(demo, draft=wishing(wish.text()))
    seen = await application(demo.ctx, cast.FILING, matter_id)
    named = await appoint_page(demo.ctx, cast.FILING, matter_id)
    assert seen.wished == named.wished
    assert seen.wished.wish == wish
    assert (seen.wished.organisation is None) != (seen.wished.mediator is None)


@pytest.mark.parametrize("text", ["x:1", "m:", "m:../etc", "o:" + "a" * 40, "某某"])
async def test_anything_else_is_no_wish(demo, text):
    with pytest.raises(BadInput, match="wish_unknown"):
        wish_of(text)
    problems = answers_problems(wishing(text), ApplicationStep.DISPUTE, local_date(demo.ctx.clock.now()))
    assert problems["wish"].code == "wish_unknown"


async def test_who_left_the_roster_is_no_obstacle(demo):
    _, matter_id = await submitted(demo, draft=wishing(f"m:{cast.TRIAL_JUDGE.id}"))
    async with demo.ctx.db.reading() as tx:
        found = await wished_in(tx, await matters.matter(tx, matter_id))
    assert (found.mediator, found.organisation) == (None, None)


async def test_it_stands_in_the_application_alone_and_in_no_copy_of_what_was_written(demo):
    application_id, matter_id = await submitted(demo, draft=wishing(f"m:{cast.MEDIATOR_1.id}"))
    written = (await application(demo.ctx, cast.FILING, matter_id)).written
    assert cast.MEDIATOR_1.id not in str(written)
    assert (await applying.application_page(demo.ctx, ZHOU, application_id)).record.draft.said["wish"]


async def test_a_body_the_court_prefers_has_the_case_from_the_first_day(demo):
    said = {
        "delegation_no": "委托9",
        "track": "postfiling_entrusted",
        "case_no": "(2026)皖9901民初2999号",
        "court": cast.YUNXI,
        "cause": "物业服务合同纠纷",
        "procedure": "简易",
        "preferred_org": "云溪区诉调对接人民调解委员会",
        "parties": [
            {"side": "applicant", "name": "周甲", "kind": "natural", "phone": "16100000091"},
            {"side": "respondent", "name": "林乙", "kind": "natural", "phone": "16100000092"},
        ],
    }
    unknown = {"delegation_no": "委托10", "case_no": "(2026)皖9901民初3000号", "preferred_org": "没有这个组织"}
    for other, body in (({}, cast.BODY_YUNXI), (unknown, None)):
        payload = said | other
        key = payload["delegation_no"]
        await receive(
            demo.ctx, letter(key, demo.ctx.clock.now(), type="CaseDiverted", business_key=key, payload=payload)
        )
        async with demo.ctx.db.reading() as tx:
            (matter,) = await matters.by_case_no(tx, cast.YUNXI, payload["case_no"])
            assert await roster.organisation_of(tx, matter.id) == body
