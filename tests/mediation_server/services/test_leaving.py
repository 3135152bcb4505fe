"""Staggered exit: until a side may leave it sees no outcome, gets no letter, and whoever presided keeps the time."""

import pytest

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ids import new_id
from mediation_server.domain.letter import Letter, LetterKind
from mediation_server.domain.people import Side
from mediation_server.domain.safety import EXITS_APART, LONGEST_HOLD, ExitHold
from mediation_server.errors import Conflict, NotFound
from mediation_server.services import demo_cast as cast
from mediation_server.services import leaving, mine
from mediation_server.services.demo_data import MATTER_1, SESSION_1
from mediation_server.services.mailing import send_letters
from mediation_server.services.notifying import sent_lately
from mediation_server.store import exit_holds, letters, matters

ZHOU, LIN = cast.PARTY_ACCOUNTS[:2]


@pytest.fixture
async def held(demo):
    """The sitting is over; the respondent stays for a quarter of an hour."""
    now = demo.ctx.clock.now()
    hold = ExitHold(SESSION_1, MATTER_1, Side.RESPONDENT, now, now + EXITS_APART)
    async with demo.ctx.db.transaction() as tx:
        await exit_holds.add(tx, hold)
    return hold


async def write_to_everybody(demo):
    async with demo.ctx.db.transaction() as tx:
        said = {"court": "云溪区人民法院", "ref": "1"}
        told = [
            Letter(new_id(), MATTER_1, each.id, 1, LetterKind.RECALLED, created_at=demo.ctx.clock.now(), params=said)
            for each in await matters.parties_of(tx, MATTER_1)
        ]
        await letters.add_all(tx, told)


async def written_to(demo):
    before = {each.id for each in await sent_lately(demo.ctx.db, 200)}
    await send_letters(demo.ctx)
    return {each.recipient for each in await sent_lately(demo.ctx.db, 200) if each.id not in before}


async def test_no_letter_reaches_whoever_stays_until_they_may_leave(demo, held):
    await write_to_everybody(demo)
    told = await written_to(demo)
    assert ZHOU.phone in told
    assert LIN.phone not in told
    demo.ctx.clock.advance(seconds=EXITS_APART.total_seconds())
    assert LIN.phone in await written_to(demo)


async def test_the_matter_of_whoever_stays_says_so_and_the_other_sides_says_nothing_of_it(demo, held):
    assert (await mine.my_matter(demo.ctx, LIN, MATTER_1)).stays_until == held.until
    assert (await mine.my_matter(demo.ctx, ZHOU, MATTER_1)).stays_until is None
    demo.ctx.clock.advance(seconds=EXITS_APART.total_seconds())
    assert (await mine.my_matter(demo.ctx, LIN, MATTER_1)).stays_until is None


async def test_whoever_presided_lets_a_side_go_at_once(demo, held):
    assert await leaving.holds_of(demo.ctx, demo.mediator, SESSION_1) == [held]
    await leaving.let_go(demo.ctx, demo.mediator, SESSION_1, Side.RESPONDENT)
    assert await leaving.holds_of(demo.ctx, demo.mediator, SESSION_1) == []
    assert (await mine.my_matter(demo.ctx, LIN, MATTER_1)).stays_until is None
    assert [each.actor for each in await demo.audited(AuditAction.EXIT_RELEASED)] == [demo.mediator.id]
    with pytest.raises(Conflict, match="exit_over"):
        await leaving.let_go(demo.ctx, demo.mediator, SESSION_1, Side.RESPONDENT)


async def test_or_keeps_it_longer_and_never_beyond_two_hours(demo, held):
    for _ in range((LONGEST_HOLD - EXITS_APART) // EXITS_APART):
        await leaving.hold_longer(demo.ctx, demo.mediator, SESSION_1, Side.RESPONDENT)
    (now,) = await leaving.holds_of(demo.ctx, demo.mediator, SESSION_1)
    assert now.until - now.since == LONGEST_HOLD
    with pytest.raises(Conflict, match="exit_longest"):
        await leaving.hold_longer(demo.ctx, demo.mediator, SESSION_1, Side.RESPONDENT)


async def test_nobody_else_has_a_say_in_it(demo, held):
    for user in (demo.other_mediator, demo.judge, ZHOU, LIN, cast.CLERK):
        for asked in (leaving.let_go, leaving.hold_longer):
            with pytest.raises(NotFound):
                await asked(demo.ctx, user, SESSION_1, Side.RESPONDENT)
    with pytest.raises(NotFound):
        await leaving.let_go(demo.ctx, demo.mediator, SESSION_1, Side.THIRD)
    guest = await demo.guest(Side.APPLICANT)
    assert await leaving.hold_of(demo.ctx, guest) is None
    assert await leaving.hold_of(demo.ctx, await demo.guest(Side.RESPONDENT)) == held
