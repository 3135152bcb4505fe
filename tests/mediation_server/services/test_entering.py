import asyncio
import re
from dataclasses import replace

import pytest

from mediation_server.domain.audit import ANONYMOUS, AuditAction
from mediation_server.domain.ids import new_id
from mediation_server.domain.people import Role
from mediation_server.errors import BadInput, MediationError, NotFound, NotSignedIn, TooMany, Unavailable
from mediation_server.services import demo_cast as cast
from mediation_server.services.access import own_matter
from mediation_server.services.demo_data import MATTER_1, MATTER_2, MATTER_4
from mediation_server.services.entering import ask_for_code, asked_phone, enter_by_code
from mediation_server.services.login import sign_in, user_of
from mediation_server.services.matters import own_matters
from mediation_server.services.notifying import MockNotifier, sent_lately
from mediation_server.store import matters

ZHOU, STRANGER = "16100000011", "16100000099"


@pytest.fixture
async def demo(demo):
    return replace(demo, ctx=replace(demo.ctx, notifier=MockNotifier(demo.ctx.db)))


async def code_of(demo, phone=ZHOU):
    message = next(each for each in await sent_lately(demo.ctx.db) if each.recipient == phone)
    return re.search(r"\d{6}", message.body)[0]


async def asked(demo, phone=ZHOU, address="192.0.2.1"):
    token = await ask_for_code(demo.ctx, phone, address)
    return token, await code_of(demo, phone)


def wrong(code):
    return f"{(int(code) + 1) % 1_000_000:06}"


async def refusal_of(call):
    with pytest.raises(MediationError) as refusal:
        await call
    return refusal.value


async def test_a_code_sent_to_the_phone_opens_the_partys_account(demo):
    token = await ask_for_code(demo.ctx, " 161 0000-0011 ")
    code = await code_of(demo)
    assert await asked_phone(demo.ctx, token) == "161****0011"
    user, login = await enter_by_code(demo.ctx, token, f" {code[:3]} {code[3:]} ")
    assert user == cast.PARTY_ACCOUNTS[0]
    assert await user_of(demo.ctx, login) == user
    assert [each.id for each in await own_matters(demo.ctx, user)] == [MATTER_1]


async def test_neither_code_nor_token_is_stored(demo):
    token, code = await asked(demo)
    rows = await demo.everything()
    del rows["notices"]  # the demo's mock of the phone itself
    assert token not in str(rows)
    assert f"'{code}'" not in str(rows)


async def test_the_first_code_of_an_unknown_phone_makes_an_account_without_a_password(demo):
    token, code = await asked(demo, STRANGER)
    user, _ = await enter_by_code(demo.ctx, token, code)
    assert (user.role, user.login, user.phone, user.name) == (
        Role.PARTY,
        f"phone:{STRANGER}",
        STRANGER,
        "161****0099",
    )
    for guess in ("", "!", "nobody's password"):
        assert (await refusal_of(sign_in(demo.ctx, user.login, guess))).code == "bad_login"
    token, code = await asked(demo, STRANGER)
    assert (await enter_by_code(demo.ctx, token, code)).user == user
    (entry,) = await demo.audited(AuditAction.ACCOUNT_OPENED)
    assert entry.object == f"user:{user.id}"


async def test_every_party_named_with_the_phone_becomes_the_accounts(demo):
    async with demo.ctx.db.transaction() as tx:
        matter = await matters.matter(tx, MATTER_1)
        party = replace((await matters.parties_of(tx, MATTER_1))[0], user_id=None)
        later = replace(matter, id=new_id(), ref="TJ-9901-2026-000099")
        stranger = replace(party, id=new_id(), matter_id=later.id, name="陶静怡", phone=STRANGER)
        await matters.add(tx, later, [replace(party, id=new_id(), matter_id=later.id), stranger])
        zhou = cast.PARTY_ACCOUNTS[0]
        assert (await own_matter(tx, zhou, later.id)).party.name == "周承安"  # the account was there before
    token, code = await asked(demo, STRANGER)
    user, _ = await enter_by_code(demo.ctx, token, code)
    assert user.name == "陶静怡"
    async with demo.ctx.db.reading() as tx:
        assert (await own_matter(tx, user, later.id)).party.id == stranger.id


async def test_a_partys_account_reaches_its_own_matters_only(demo):
    zhou = cast.PARTY_ACCOUNTS[0]
    async with demo.ctx.db.reading() as tx:
        own = await own_matter(tx, zhou, MATTER_1)
        assert (own.matter.id, own.party.name, own.actor.party) == (MATTER_1, "周承安", own.party.id)
        for user, matter_id in ((zhou, MATTER_2), (zhou, MATTER_4), (zhou, "x"), (demo.mediator, MATTER_1)):
            with pytest.raises(NotFound):
                await own_matter(tx, user, matter_id)


async def test_everything_wrong_is_refused_in_the_same_words_and_written_down(demo):
    token, code = await asked(demo)
    stranger, _ = await asked(demo, STRANGER)
    tries = [(token, wrong(code)), (token, ""), (stranger, code), ("", code), ("x" * 43, code), (token, "x" * 9999)]
    refusals = [await refusal_of(enter_by_code(demo.ctx, *each)) for each in tries]
    assert {(type(each), each.code, str(each.details)) for each in refusals} == {(NotSignedIn, "bad_code", "{}")}
    entries = await demo.audited(AuditAction.LOGIN_OPENED)
    assert {(each.actor, each.allowed, each.basis) for each in entries} == {(ANONYMOUS, False, "bad_code")}
    assert ZHOU not in str(entries)


async def test_a_code_lives_five_minutes(demo):
    token, code = await asked(demo)
    demo.ctx.clock.advance(seconds=300)
    assert (await refusal_of(enter_by_code(demo.ctx, token, code))).code == "bad_code"
    assert await asked_phone(demo.ctx, token) is None


async def test_a_code_opens_once_even_when_used_twice_at_once(demo):
    token, code = await asked(demo, STRANGER)
    results = await asyncio.gather(*(enter_by_code(demo.ctx, token, code) for _ in range(4)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in results) == ["NotSignedIn"] * 3 + ["SignedIn"]
    assert (await refusal_of(enter_by_code(demo.ctx, token, code))).code == "bad_code"


async def test_the_sixth_wrong_code_for_a_phone_waits_a_quarter_of_an_hour(demo):
    token, code = await asked(demo)
    for number in range(5):
        refused = await refusal_of(enter_by_code(demo.ctx, token, wrong(code), f"192.0.2.{number}"))
        assert refused.code == "bad_code"
    token, code = await asked(demo)
    refused = await refusal_of(enter_by_code(demo.ctx, token, code))
    assert (type(refused), refused.code) == (TooMany, "too_many_codes")
    other, code = await asked(demo, STRANGER)
    assert await enter_by_code(demo.ctx, other, code)
    demo.ctx.clock.advance(seconds=900)
    token, code = await asked(demo)
    assert await enter_by_code(demo.ctx, token, code)


async def test_a_phone_is_sent_five_codes_in_a_quarter_of_an_hour(demo):
    for number in range(5):
        await ask_for_code(demo.ctx, ZHOU, f"192.0.2.{number}")
    assert (await refusal_of(ask_for_code(demo.ctx, ZHOU))).code == "too_many_codes"
    demo.ctx.clock.advance(seconds=900)
    assert await ask_for_code(demo.ctx, ZHOU)


@pytest.mark.parametrize(
    ("phone", "code"), [("", "required"), ("12368", "phone_service"), ("055162345678", "mobile_form")]
)
async def test_a_phone_that_is_none_is_refused_before_anything_is_sent(demo, phone, code):
    refused = await refusal_of(ask_for_code(demo.ctx, phone))
    assert (type(refused), refused.code, refused.field) == (BadInput, code, "phone")
    assert await sent_lately(demo.ctx.db) == []


async def test_a_code_that_does_not_go_out_is_said_so(demo):
    class Away:
        async def send(self, notice):
            raise ConnectionError

    with pytest.raises(Unavailable, match="code_not_sent"):
        await ask_for_code(replace(demo.ctx, notifier=Away()), "16100000011")
