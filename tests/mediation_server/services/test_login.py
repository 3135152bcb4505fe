import asyncio
from dataclasses import replace

import pytest

from mediation_server.config import Settings
from mediation_server.domain.audit import ANONYMOUS, AuditAction
from mediation_server.domain.ids import new_id
from mediation_server.domain.people import Role
from mediation_server.domain.tokens import new_token
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, MediationError, NotSignedIn, Refused, TooMany
from mediation_server.services import unsent
from mediation_server.services.login import sign_in, sign_in_as, sign_out, user_of
from mediation_server.store import users

LOGIN = "zheng.siyuan"
PRODUCTION = Settings()


async def refusal_of(call) -> MediationError:
    with pytest.raises(MediationError) as refusal:
        await call
    return refusal.value


async def test_the_right_password_opens_a_login_and_only_its_hash_is_stored(demo):
    user, token = await sign_in(demo.ctx, f" {LOGIN.upper()} ", demo.passwords[LOGIN])
    assert user == demo.mediator
    assert await user_of(demo.ctx, token) == demo.mediator
    rows = await demo.everything()
    assert token not in str(rows)
    assert demo.passwords[LOGIN] not in str(rows)
    (entry,) = await demo.audited(AuditAction.LOGIN_OPENED)
    assert (entry.actor, entry.allowed) == (demo.mediator.id, True)


async def test_everything_wrong_is_refused_in_the_same_words_and_written_down(demo):
    closed = User(new_id(), "closed", "甲", "A", Role.CLERK, active=False)
    async with demo.ctx.db.transaction() as tx:
        await users.add(tx, closed, await demo.ctx.passwords.hashed("right"), demo.ctx.clock.now())
    wrong = [(LOGIN, "wrong"), (LOGIN, ""), ("nobody", "wrong"), ("closed", "right"), (LOGIN, "x" * 100_000)]
    refusals = [await refusal_of(sign_in(demo.ctx, login, password, "192.0.2.1")) for login, password in wrong]
    assert {(type(each), each.code, each.field, str(each.details)) for each in refusals} == {
        (NotSignedIn, "bad_login", None, "{}")
    }
    entries = await demo.audited(AuditAction.LOGIN_OPENED)
    assert [each.object for each in entries] == [
        f"user:{demo.mediator.id}",
        f"user:{demo.mediator.id}",
        "user:unknown",
        f"user:{closed.id}",
        f"user:{demo.mediator.id}",
    ]
    assert {(each.actor, each.allowed, each.basis) for each in entries} == {(ANONYMOUS, False, "bad_login")}
    assert "nobody" not in str(entries)


async def test_an_unknown_login_is_checked_against_a_hash_like_any_other(demo, monkeypatch):
    checked = []
    verified = demo.ctx.passwords._verified
    monkeypatch.setattr(
        demo.ctx.passwords, "_verified", lambda stored, given: checked.append(stored) or verified(stored, given)
    )
    for login in (LOGIN, "nobody"):
        await refusal_of(sign_in(demo.ctx, login, "wrong"))
    assert len(checked) == 2
    assert [each.rsplit("$", 2)[0] for each in checked] == [checked[0].rsplit("$", 2)[0]] * 2  # the same cost


async def test_the_sixth_guess_from_one_address_waits_a_quarter_of_an_hour(demo):
    for _ in range(5):
        assert (await refusal_of(sign_in(demo.ctx, LOGIN, "wrong", "192.0.2.1"))).code == "bad_login"
    refused = await refusal_of(sign_in(demo.ctx, LOGIN, demo.passwords[LOGIN], "192.0.2.1"))
    assert (type(refused), refused.code) == (TooMany, "too_many_logins")
    assert await sign_in(demo.ctx, LOGIN, demo.passwords[LOGIN], "192.0.2.2")
    demo.ctx.clock.advance(seconds=15 * 60)
    assert await sign_in(demo.ctx, LOGIN, demo.passwords[LOGIN], "192.0.2.1")


async def test_guesses_at_once_are_counted_before_they_are_looked_at(demo):
    refusals = await asyncio.gather(
        *(refusal_of(sign_in(demo.ctx, LOGIN, f"guess {number}", "192.0.2.1")) for number in range(40))
    )
    assert sorted(each.code for each in refusals) == ["bad_login"] * 5 + ["too_many_logins"] * 35


async def test_guesses_from_many_addresses_and_at_many_accounts_are_stopped_too(demo):
    spread = [await refusal_of(sign_in(demo.ctx, LOGIN, "wrong", f"192.0.2.{n}")) for n in range(60)]
    assert [each.code for each in spread].count("bad_login") == 50
    sprayed = [await refusal_of(sign_in(demo.ctx, f"user {n}", "wrong", "198.51.100.1")) for n in range(120)]
    assert [each.code for each in sprayed].count("bad_login") == 100


async def test_signing_in_rightly_again_and_again_is_no_guessing(demo):
    for _ in range(12):
        token = (await sign_in(demo.ctx, LOGIN, demo.passwords[LOGIN], "192.0.2.1")).token
    assert await user_of(demo.ctx, token) == demo.mediator


async def test_a_login_name_has_a_length(demo):
    refused = await refusal_of(sign_in(demo.ctx, "x" * 129, "p"))
    assert (type(refused), refused.field) == (BadInput, "login")


async def test_a_login_ends_after_its_hours(demo):
    token = await sign_in_as(demo.ctx, demo.mediator.id)
    demo.ctx.clock.advance(hours=10, seconds=-1)
    assert await user_of(demo.ctx, token) == demo.mediator
    demo.ctx.clock.advance(seconds=1)
    assert await user_of(demo.ctx, token) is None


async def test_signing_out_ends_it_at_once_and_only_it(demo):
    mine, other = [await sign_in_as(demo.ctx, demo.mediator.id) for _ in range(2)]
    await sign_out(demo.ctx, mine)
    await sign_out(demo.ctx, mine)
    await sign_out(demo.ctx, None)
    assert await user_of(demo.ctx, mine) is None
    assert await user_of(demo.ctx, other) == demo.mediator
    assert len(await demo.audited(AuditAction.LOGIN_CLOSED)) == 1


async def test_signing_out_of_a_login_that_is_over_leaves_it_nobodys(demo):
    token = await sign_in_as(demo.ctx, demo.mediator.id)
    demo.ctx.clock.advance(hours=demo.ctx.settings.login_hours + 1)
    assert await unsent.whose(demo.ctx, token) == demo.mediator
    await sign_out(demo.ctx, token)
    assert await unsent.whose(demo.ctx, token) is None
    assert not await unsent.keep(demo.ctx, token, "/my", {"text": "还没写完"})
    assert await demo.audited(AuditAction.LOGIN_CLOSED) == []  # nobody was signed in any more


async def test_an_account_keeps_ten_logins_at_most(demo):
    tokens = []
    for _ in range(12):
        demo.ctx.clock.advance(seconds=1)
        tokens.append(await sign_in_as(demo.ctx, demo.mediator.id))
    alive = [await user_of(demo.ctx, each) is not None for each in tokens]
    assert alive == [False] * 2 + [True] * 10


@pytest.mark.parametrize("token", [None, "", "x", "' OR 1=1 --", 43 * "A"])
async def test_what_is_no_token_is_nobodys(demo, token):
    assert await user_of(demo.ctx, token) is None


async def test_a_mutated_token_is_nobodys(demo):
    token = await sign_in_as(demo.ctx, demo.mediator.id)
    for position in range(len(token)):
        other = "A" if token[position] != "A" else "B"
        assert await user_of(demo.ctx, token[:position] + other + token[position + 1 :]) is None
    assert await user_of(demo.ctx, new_token()) is None


async def test_role_buttons_exist_in_the_demo_only(demo):
    refused = await refusal_of(sign_in_as(replace(demo.ctx, settings=PRODUCTION), demo.mediator.id))
    assert (type(refused), refused.code) == (Refused, "demo_only")
