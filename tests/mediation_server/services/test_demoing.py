from dataclasses import replace

import pytest

from mediation_server.config import Settings
from mediation_server.domain.people import Side
from mediation_server.errors import NotFound, Refused
from mediation_server.services.demo_data import SESSION_1
from mediation_server.services.demoing import join_token, login_token
from mediation_server.services.joining import invitation_letter
from mediation_server.services.login import user_of
from mediation_server.services.scheduling import cancel
from mediation_server.store import sessions

PRODUCTION = Settings()


@pytest.mark.parametrize(
    ("role", "who"), [("mediator", "mediator"), ("judge", "judge"), ("trial_judge", "trial_judge")]
)
async def test_a_role_button_signs_in_as_somebody(demo, role, who):
    assert await user_of(demo.ctx, await login_token(demo.ctx, role)) == getattr(demo, who)


@pytest.mark.parametrize(("role", "side"), [("applicant", Side.APPLICANT), ("respondent", Side.RESPONDENT)])
async def test_a_partys_button_leads_into_matter_1s_next_sitting(demo, role, side):
    letter = await invitation_letter(demo.ctx, await join_token(demo.ctx, role))
    assert (letter.session.id, letter.participant.side) == (SESSION_1, side)


async def test_both_parties_come_into_the_same_sitting_even_a_day_later(demo):
    demo.ctx.clock.advance(hours=30)
    letters = [
        await invitation_letter(demo.ctx, await join_token(demo.ctx, each)) for each in ("applicant", "respondent")
    ]
    assert letters[0].session == letters[1].session
    assert letters[0].session.starts_at > demo.ctx.clock.now()


async def test_a_cancelled_sitting_is_not_offered(demo):
    await cancel(demo.ctx, demo.mediator, SESSION_1)
    async with demo.ctx.db.reading() as tx:
        assert not (await sessions.session(tx, SESSION_1)).is_open
    letter = await invitation_letter(demo.ctx, await join_token(demo.ctx, "applicant"))
    assert letter.session.id != SESSION_1


async def test_unknown_roles_and_other_installations_have_no_buttons(demo):
    for button in (login_token, join_token):
        with pytest.raises(NotFound):
            await button(demo.ctx, "nobody")
    production = replace(demo.ctx, settings=PRODUCTION)
    for attempt in (login_token(production, "mediator"), join_token(production, "applicant")):
        with pytest.raises(Refused, match="demo_only"):
            await attempt
