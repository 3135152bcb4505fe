"""Matters that are over do not lie about: handed over within a working day, closed when the court has them; once."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from mediation_server.caseflow.port import Ack
from mediation_server.domain.ids import fixed_id, new_id
from mediation_server.domain.letter import LetterKind
from mediation_server.domain.material import Material, MaterialKind, MaterialState
from mediation_server.domain.matter import Track
from mediation_server.domain.matter_log import MatterEventKind
from mediation_server.domain.people import Side
from mediation_server.domain.session import Session, SessionKind, SessionState
from mediation_server.services.receiving import receive
from mediation_server.services.sweeping import sweep
from mediation_server.services.tidying import tidy
from mediation_server.store import letters, materials, matter_events, matters, outbox, sessions, users
from tests.court_letters import letter
from tests.mediation_server.services.test_procedure import (
    APPLICANT,
    COURT,
    MATTER,
    MEDIATOR,
    RESPONDENT,
    ZHENG,
    ZHOU,
    C,
    Desk,
    S,
)

K = MatterEventKind
DAY = 86_400


@pytest.fixture
async def desk(ctx, db, clock):
    """A matter in mediation since Monday 23 November 2026, until Monday the thirtieth."""
    opened = await Desk(ctx, db, clock).opened()
    await opened.mediating()
    return opened


async def state(desk):
    return (await desk.read(matters.matter, MATTER)).state


async def kinds(desk):
    return [each.kind for each in await desk.read(matter_events.events_of, MATTER)]


async def messages(desk):
    return await desk.read(outbox.messages_of, MATTER)


async def ran_out(desk):
    """The period ends, and nobody has held a sitting."""
    desk.clock.advance(seconds=8 * DAY)
    await sweep(desk.ctx)
    assert await state(desk) is S.CONCLUDED


async def delivered(desk):
    async with desk.db.transaction() as tx:
        for each in await outbox.messages_of(tx, MATTER):
            await outbox.save(tx, replace(each, delivered_at=desk.clock.now()))


async def test_the_court_is_told_of_a_period_that_ran_out_without_a_sitting(desk):
    await ran_out(desk)
    (told,) = [each for each in await messages(desk) if each.type == "OutcomeRecorded"]
    assert (told.payload["outcome"], told.payload["ground"], told.payload["session_id"]) == ("failed", "g6", None)
    parties = [each.kind for each in await desk.read(letters.letters_of, MATTER)]
    assert parties.count(LetterKind.ENDED) == 2


async def test_what_failed_is_handed_over_within_one_working_day(desk):
    await ran_out(desk)  # early on Tuesday, 1 December
    assert await tidy(desk.ctx) == 0
    desk.clock.advance(seconds=DAY)
    while await state(desk) is S.CONCLUDED:
        desk.clock.advance(seconds=3600)
        await tidy(desk.ctx)
    handed = (await desk.read(matter_events.events_of, MATTER))[-1]
    assert (handed.kind, handed.actor, handed.payload["to"]) == (K.HANDING_OVER, "system", "trial")
    assert (await messages(desk))[-1].type == "TransferToTrial"
    assert [each.kind for each in await desk.read(letters.letters_of, MATTER)].count(LetterKind.HANDED_OVER) == 2


async def test_it_is_handed_over_once_by_two_processes_and_after_a_week_without_any(desk):
    await ran_out(desk)
    desk.clock.advance(seconds=7 * DAY)
    done = await asyncio.gather(tidy(desk.ctx), tidy(desk.ctx))
    assert sum(done) == 1
    assert (await kinds(desk)).count(K.HANDING_OVER) == 1
    assert await tidy(desk.ctx) == 0


async def test_what_was_settled_is_not_handed_over(desk):
    await desk.do(C.RECORD_AGREEMENT, MEDIATOR, outcome="agreed", conclusion="c")
    desk.clock.advance(seconds=9 * DAY)
    assert await tidy(desk.ctx) == 0
    assert await state(desk) is S.CONCLUDED


async def test_a_body_that_took_a_matter_itself_has_no_court_to_hand_it_to(desk):
    await desk.do(C.FAIL, MEDIATOR, ground="g5", conclusion="c")
    async with desk.db.transaction() as tx:
        await matters.save(tx, replace(await matters.matter(tx, MATTER), track=Track.ORG_ACCEPTED))
    desk.clock.advance(seconds=9 * DAY)
    assert await tidy(desk.ctx) == 0


async def test_handover_package_passes_allow_list(desk):
    """Annex G 14: what was kept for the mediator, taken back, or is no evidence, does not leave the house."""
    items = {
        "银行流水": (MaterialKind.EVIDENCE, MaterialState.RELAYED, False),
        "授权委托书": (MaterialKind.POA, MaterialState.SUBMITTED, False),
        "底线 二万元": (MaterialKind.EVIDENCE, MaterialState.SUBMITTED, True),
        "调解方案 二万元": (MaterialKind.OTHER, MaterialState.RELAYED, False),
        "撤回的": (MaterialKind.EVIDENCE, MaterialState.WITHDRAWN, False),
        "草稿": (MaterialKind.EVIDENCE, MaterialState.DRAFT, False),
    }
    async with desk.db.transaction() as tx:
        for title, (kind, where, kept) in items.items():
            item = Material(
                new_id(), MATTER, ZHOU, Side.APPLICANT, kind, where, title, "", kept, ZHENG.id, desk.clock.now()
            )
            await materials.add(tx, item)
    await desk.do(C.FAIL, MEDIATOR, ground="g5", reason="对方只肯给二万元")
    desk.clock.advance(seconds=7 * DAY)
    await tidy(desk.ctx)
    package = (await messages(desk))[-1].payload
    assert {each["title"] for each in package["documents"]} == {"银行流水", "授权委托书"}
    assert [each["name"] for each in package["parties"]] == ["周承安", "林若溪"]
    assert (package["mediator"], package["ground"]) == ("郑思远", "g5")
    assert "二万元" not in str([each.payload for each in await messages(desk)])


async def test_the_court_acknowledges_the_file_and_the_matter_bears_its_number(ctx, db, clock):
    desk = await Desk(ctx, db, clock).opened(Track.PREFILING_DELEGATED, "石桥县人民法院")
    await desk.mediating()
    await desk.do(C.FAIL, MEDIATOR, ground="g5", conclusion="c")
    clock.advance(seconds=4 * DAY)
    await tidy(ctx)
    package = (await messages(desk))[-1]
    assert package.type == "TransferToFiling"
    said = {"handover_id": package.payload["handover_id"], "case_no": "(2026)皖9901民初2300号", "on": "2026-11-30"}
    ref = (await desk.read(matters.matter, MATTER)).ref
    filed = letter(ref, clock.now(), type="FilingAccepted", business_key="h+accepted", payload=said)
    assert isinstance(await receive(ctx, filed), Ack)
    row = await desk.read(matters.matter, MATTER)
    assert (row.state, row.case_no) == (S.HANDED_OVER, "(2026)皖9901民初2300号")


async def test_a_matter_the_court_took_back_is_closed_once_the_court_knows_everything(desk):
    await desk.do(C.RECALL, COURT, reason="撤诉")
    assert await tidy(desk.ctx) == 0  # something is still on its way
    assert await state(desk) is S.RECALLED
    await delivered(desk)
    assert sum(await asyncio.gather(tidy(desk.ctx), tidy(desk.ctx))) == 1
    assert await state(desk) is S.CLOSED
    assert (await kinds(desk)).count(K.CLOSED) == 1


async def test_it_is_not_closed_while_somebody_sits_in_it(desk):
    now = desk.clock.now()
    held = Session(
        fixed_id("held"), MATTER, SessionKind.MEDIATION, SessionState.LIVE, now, 60, ZHENG.id, started_at=now
    )
    async with desk.db.transaction() as tx:
        await sessions.add(tx, held, [])
    await desk.do(C.RECALL, COURT, reason="撤诉")
    await delivered(desk)
    assert await tidy(desk.ctx) == 0
    async with desk.db.transaction() as tx:
        await sessions.save(tx, replace(held, state=SessionState.ENDED, ended_at=now + timedelta(minutes=2)))
    assert await tidy(desk.ctx) == 1
    assert await state(desk) is S.CLOSED


async def test_a_suspicion_reaches_the_court_apart_from_the_pause(desk):
    await desk.do(C.SUSPECT_FALSE_MEDIATION, MEDIATOR, reason="双方陈述如出一辙")
    told = [each for each in await messages(desk) if each.type == "FalseMediationAlert"]
    assert len(told) == 1
    assert "如出一辙" not in str([each.payload for each in await messages(desk)])


async def test_all_signed_is_told_as_agreed(desk):
    await desk.do(C.CIRCULATE, MEDIATOR, agreement="v", version=1, sha256="11")
    for who in (APPLICANT, RESPONDENT):
        await desk.do(C.SIGN, who, agreement="v", party=who.party, sha256="11", method="sms_otp")
    (told,) = [each for each in await messages(desk) if each.type == "OutcomeRecorded"]
    assert told.payload["outcome"] == "agreed"
    assert await desk.read(users.users_named, [ZHENG.id])
