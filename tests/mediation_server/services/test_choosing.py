"""Parties and their mediator: the secret ballot, the court instead, disclosure, replacement."""

from dataclasses import replace

import pytest
from sqlalchemy import event

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ballots import Standing
from mediation_server.domain.conflicts import RelationKind
from mediation_server.domain.fitness import Decline
from mediation_server.domain.ids import fixed_id
from mediation_server.domain.lifecycle import Actor, Capacity
from mediation_server.domain.matter import MatterState
from mediation_server.domain.matter_log import MatterEventKind
from mediation_server.errors import BadInput, Conflict, NotFound, Refused
from mediation_server.services import demo_cast as cast
from mediation_server.services.accepting import Disclosure, accept, decline
from mediation_server.services.access import own_matter
from mediation_server.services.appointing import appoint, appoint_page, decide_replacement
from mediation_server.services.choosing import (
    accept_disclosed,
    choice_page,
    leave_to_court,
    reject_appointment,
    request_replacement,
    vote,
    votes_due,
)
from mediation_server.services.consenting import consents_of
from mediation_server.services.mine import my_matters
from mediation_server.services.notifying import MockNotifier, sent_lately
from mediation_server.store import outbox, roster
from tests.roster_world import COURT_TEXT, LIN, LOAN, WEN, ZHENG, ZHOU, Looking

NOTHING = Disclosure(nothing=True, relations={})


@pytest.fixture
async def demo(demo):
    return replace(demo, ctx=replace(demo.ctx, notifier=MockNotifier(demo.ctx.db)))


@pytest.fixture
async def looking(demo):
    return await Looking(demo.ctx).appointing()


async def chosen(looking, user, *people):
    return await vote(looking.ctx, user, LOAN, [each.id for each in people])


async def accepted(looking, disclosure=NOTHING):
    await chosen(looking, ZHOU, ZHENG)
    await chosen(looking, LIN, ZHENG)
    return await accept(looking.ctx, ZHENG, LOAN, disclosure)


async def test_02_joint_choice_inside_two_working_days_is_the_mediator_and_after_them_the_court_appoints(looking):
    assert await chosen(looking, ZHOU, ZHENG, WEN) is Standing.OPEN
    assert (await looking.matter()).state is MatterState.APPOINTING
    assert await chosen(looking, LIN, WEN, ZHENG) is Standing.COURT  # as good as each other: a tie
    other = await Looking(looking.ctx, cast.BODY_YUNXI).appointing()
    assert await vote(other.ctx, ZHOU, other.id, [ZHENG.id, WEN.id]) is Standing.OPEN
    other.later(days=2)
    assert await vote(other.ctx, LIN, other.id, [ZHENG.id]) is Standing.JOINT
    matter, last = await other.matter(), (await other.log())[-1]
    assert (matter.state, matter.mediator_id) == (MatterState.AWAITING_ACCEPT, ZHENG.id)
    assert (last.payload["by"], set(last.payload["choices"].values())) == ("joint", {ZHENG.id})
    late = await Looking(looking.ctx, LOAN[::-1]).appointing()
    await vote(late.ctx, ZHOU, late.id, [ZHENG.id])
    late.later(days=3)
    with pytest.raises(Conflict, match="choice_over"):
        await vote(late.ctx, LIN, late.id, [ZHENG.id])
    assert (await appoint(late.ctx, cast.FILING, late.id, WEN.id)).mediator_id == WEN.id


async def test_nobody_learns_how_another_voted(looking):
    await chosen(looking, ZHOU, WEN)
    theirs = await choice_page(looking.ctx, LIN, LOAN)
    assert (theirs.mine, theirs.standing) == (None, Standing.OPEN)
    assert (await choice_page(looking.ctx, ZHOU, LOAN)).mine == (WEN.id,)
    assert not [each for each in await looking.log() if WEN.id in str(each.payload)]


async def test_that_a_party_voted_is_audited_and_not_how(demo, looking):
    await chosen(looking, ZHOU, WEN)
    (entry,) = await demo.audited(AuditAction.BALLOT_CAST)
    assert (entry.actor, entry.details) == (ZHOU.id, {})


async def test_a_vote_can_be_changed_until_the_last_one_is_cast(looking):
    await chosen(looking, ZHOU, WEN)
    await chosen(looking, ZHOU, ZHENG)
    assert await chosen(looking, LIN, ZHENG) is Standing.JOINT
    with pytest.raises(Conflict, match="no_choice_now"):
        await chosen(looking, ZHOU, WEN)


async def test_leaving_it_to_the_court_is_a_vote_and_a_consent_and_can_be_taken_back(looking):
    assert await leave_to_court(looking.ctx, ZHOU, LOAN, COURT_TEXT) is Standing.OPEN
    assert (await choice_page(looking.ctx, ZHOU, LOAN)).mine == ()
    await chosen(looking, ZHOU, ZHENG)
    who = Actor(looking.parties[0].id, Capacity.APPLICANT, looking.parties[0].id)
    line = next(each for each in await consents_of(looking.ctx, who, LOAN, who.party) if each.item == "c12")
    assert not line.standing.holds
    assert await leave_to_court(looking.ctx, LIN, LOAN, COURT_TEXT) is Standing.COURT
    assert (await appoint(looking.ctx, cast.FILING, LOAN, ZHENG.id)).state is MatterState.AWAITING_ACCEPT


async def test_the_court_waits_until_the_parties_have_chosen_or_their_time_is_over(looking):
    with pytest.raises(Conflict, match="choice_still_open"):
        await appoint(looking.ctx, cast.FILING, LOAN, ZHENG.id)
    assert (await appoint_page(looking.ctx, cast.FILING, LOAN)).blocked == "choice_still_open"
    looking.later(days=3)
    assert (await appoint_page(looking.ctx, cast.FILING, LOAN)).blocked is None


async def test_only_who_can_be_named_can_be_chosen_and_nobody_of_another_court(looking):
    page = await choice_page(looking.ctx, ZHOU, LOAN)
    assert [each.user_id for each in page.candidates[:2]] == [WEN.id, ZHENG.id]  # of the field, by name
    for wrong, code in (([ZHOU.id], "choice_unfit"), ([], "choice_required"), ([ZHENG.id] * 2, "same_choice_twice")):
        with pytest.raises(BadInput, match=code):
            await vote(looking.ctx, ZHOU, LOAN, wrong)


async def test_a_strangers_matter_is_not_found(looking):
    stranger = cast.PARTY_ACCOUNTS[2]
    for call in (
        choice_page(looking.ctx, stranger, LOAN),
        vote(looking.ctx, stranger, LOAN, [ZHENG.id]),
        leave_to_court(looking.ctx, stranger, LOAN, COURT_TEXT),
        request_replacement(looking.ctx, stranger, LOAN, "r"),
    ):
        with pytest.raises(NotFound):
            await call


async def test_a_mediator_who_filled_up_meanwhile_is_passed_over(looking):
    await chosen(looking, ZHOU, WEN, ZHENG)
    async with looking.ctx.db.transaction() as tx:
        entry = await roster.mediator(tx, WEN.id)
        await roster.save_mediator(tx, replace(entry, most_matters=0))
    assert await chosen(looking, LIN, ZHENG) is Standing.JOINT
    assert (await looking.matter()).mediator_id == ZHENG.id


async def test_03_accept_after_three_working_days_is_refused_and_another_is_named(demo, looking):
    await chosen(looking, ZHOU, ZHENG)
    await chosen(looking, LIN, ZHENG)
    looking.later(days=4)
    with pytest.raises(Conflict, match="accept_too_late"):
        await accept(looking.ctx, ZHENG, LOAN, NOTHING)
    assert (await looking.matter()).period_end is None
    await decline(looking.ctx, ZHENG, LOAN, Decline.OWN_REASONS, "出差")
    assert (await looking.matter()).state is MatterState.APPOINTING
    async with looking.ctx.db.reading() as tx:
        assert (await roster.mediator(tx, ZHENG.id)).refusals == 1
    looking.later(days=5)
    await appoint(looking.ctx, cast.FILING, LOAN, WEN.id)
    matter = await accept(looking.ctx, WEN, LOAN, NOTHING)
    assert (matter.state, matter.mediator_id) == (MatterState.MEDIATING, WEN.id)


async def test_the_period_begins_when_the_mediator_accepts_and_all_are_told(looking):
    matter = await accepted(looking)
    assert (matter.state, matter.period_end.isoformat()) == (MatterState.MEDIATING, "2026-11-30")
    told = [(each.recipient, "郑思远" in each.body) for each in await sent_lately(looking.ctx.db)]
    assert {(ZHOU.phone, True), (LIN.phone, True), (ZHENG.phone, False)} <= set(told)
    assert not any(name in each.body for each in await sent_lately(looking.ctx.db) for name in ("周承安", "林若溪"))
    async with looking.ctx.db.reading() as tx:
        types = [each.type for each in await outbox.messages_of(tx, LOAN)]
    assert types[-2:] == ["MediatorAppointed", "MediatorAccepted"]


async def test_what_is_disclosed_is_read_by_both_and_each_may_agree(looking):
    said = Disclosure(nothing=False, relations={looking.parties[1].id: RelationKind.OTHER}, statement="曾是同事")
    await accepted(looking, said)
    for user in (ZHOU, LIN):
        found = (await choice_page(looking.ctx, user, LOAN)).disclosed
        assert [(kind, party.name) for kind, party in found.relations] == [(RelationKind.OTHER, "林若溪")]
        assert (found.statement, found.accepted) == ("曾是同事", False)
    await accept_disclosed(looking.ctx, ZHOU, LOAN)
    assert (await choice_page(looking.ctx, ZHOU, LOAN)).disclosed.accepted
    assert not (await choice_page(looking.ctx, LIN, LOAN)).disclosed.accepted


async def test_a_relation_disclosed_once_keeps_the_mediator_from_later_matters_of_that_party(looking):
    said = Disclosure(nothing=False, relations={looking.parties[1].id: RelationKind.RELATIVE}, statement="表兄妹")
    await accepted(looking, said)
    later = await Looking(looking.ctx, LOAN[::-1]).appointing()
    offered = [each.user_id for each in (await choice_page(later.ctx, ZHOU, later.id)).candidates]
    assert WEN.id in offered
    assert ZHENG.id not in offered
    page = await appoint_page(later.ctx, cast.FILING, later.id)
    assert {each.candidate.user_id: each.against for each in page.candidates}[ZHENG.id] == ("related",)
    later.later(days=3)
    with pytest.raises(Refused, match="mediator_unfit"):
        await appoint(later.ctx, cast.FILING, later.id, ZHENG.id)


@pytest.mark.parametrize(
    ("disclosure", "code"),
    [
        (Disclosure(nothing=False, relations={}), "disclosure_incomplete"),
        (Disclosure(nothing=True, relations={"p": RelationKind.OTHER}), "disclosure_contradicts"),
        (Disclosure(nothing=False, relations={"p": RelationKind.OTHER}), "disclosure_statement_required"),
        (Disclosure(nothing=False, relations={"p": RelationKind.OTHER}, statement="x"), "party_unknown"),
        (Disclosure(nothing=True, relations={}, statement="x" * 1001), "too_long"),
    ],
)
async def test_nobody_accepts_without_a_whole_disclosure(looking, disclosure, code):
    await chosen(looking, ZHOU, ZHENG)
    await chosen(looking, LIN, ZHENG)
    with pytest.raises(BadInput) as refusal:
        await accept(looking.ctx, ZHENG, LOAN, disclosure)
    assert refusal.value.code == code
    assert (await looking.matter()).state is MatterState.AWAITING_ACCEPT


async def test_only_who_was_named_may_answer(looking):
    await chosen(looking, ZHOU, ZHENG)
    await chosen(looking, LIN, ZHENG)
    for call in (accept(looking.ctx, WEN, LOAN, NOTHING), decline(looking.ctx, WEN, LOAN, Decline.RECUSAL, "r")):
        with pytest.raises(NotFound):
            await call


async def test_a_reason_the_law_knows_is_no_refusal_that_counts(looking):
    await chosen(looking, ZHOU, ZHENG)
    await chosen(looking, LIN, ZHENG)
    await decline(looking.ctx, ZHENG, LOAN, Decline.OUTSIDE_FIELD, "不懂金融")
    last = (await looking.log())[-1]
    assert (last.kind, last.payload["justified"]) == (MatterEventKind.DECLINED, True)
    async with looking.ctx.db.reading() as tx:
        assert (await roster.mediator(tx, ZHENG.id)).refusals == 0


async def test_a_replacement_that_is_granted_leads_to_another_and_the_period_goes_on(looking):
    before = await accepted(looking)
    await request_replacement(looking.ctx, LIN, LOAN, "与原告是同学")
    asked = (await appoint_page(looking.ctx, cast.FILING, LOAN)).asked
    assert (asked.party.name, asked.reason) == ("林若溪", "与原告是同学")
    assert (await choice_page(looking.ctx, LIN, LOAN)).asked_until.isoformat() == "2026-11-26"
    assert (await choice_page(looking.ctx, ZHOU, LOAN)).asked_until is None  # the other side is not told who asked
    with pytest.raises(BadInput, match="reason_required"):
        await decide_replacement(looking.ctx, cast.FILING, LOAN, upheld=True, reason=" ")
    await decide_replacement(looking.ctx, cast.FILING, LOAN, upheld=True, reason="关系属实")
    page = await appoint_page(looking.ctx, cast.FILING, LOAN)
    assert page.matter.state is MatterState.APPOINTING
    assert {each.candidate.user_id: each.against for each in page.candidates}[ZHENG.id] == ("recused",)
    looking.later(days=3)
    with pytest.raises(Refused, match="mediator_unfit"):
        await appoint(looking.ctx, cast.FILING, LOAN, ZHENG.id)
    await appoint(looking.ctx, cast.FILING, LOAN, WEN.id)
    after = await accept(looking.ctx, WEN, LOAN, NOTHING)
    assert (after.mediator_id, after.period_end) == (WEN.id, before.period_end)


async def test_a_replacement_that_is_not_granted_says_why_to_who_asked(looking):
    await accepted(looking)
    await request_replacement(looking.ctx, LIN, LOAN, "语气不好")
    await decide_replacement(looking.ctx, cast.FILING, LOAN, upheld=False, reason="不影响公正")
    assert (await choice_page(looking.ctx, LIN, LOAN)).declined == "不影响公正"
    assert (await choice_page(looking.ctx, ZHOU, LOAN)).declined is None
    assert (await looking.matter()).mediator_id == ZHENG.id


async def test_not_taking_the_mediator_the_court_named_ends_the_mediation(looking):
    looking.later(days=3)
    await appoint(looking.ctx, cast.FILING, LOAN, WEN.id)
    await reject_appointment(looking.ctx, ZHOU, LOAN, "要收费")
    assert (await looking.matter()).state is MatterState.HANDING_OVER


async def due_in(looking, user):
    """The last day for somebody's vote in the matter, as their page of all matters tells it."""
    lines = (await my_matters(looking.ctx, user)).lines
    return next(each.choose_until for each in lines if each.matter.id == looking.id)


async def test_the_page_of_all_matters_says_until_when_to_vote_and_not_to_whoever_has_voted(looking):
    until = (await choice_page(looking.ctx, ZHOU, LOAN)).until
    assert until is not None
    assert await due_in(looking, ZHOU) == await due_in(looking, LIN) == until
    await chosen(looking, ZHOU, ZHENG, WEN)
    assert (await due_in(looking, ZHOU), await due_in(looking, LIN)) == (None, until)
    await leave_to_court(looking.ctx, LIN, LOAN, COURT_TEXT)
    assert await due_in(looking, LIN) is None
    other = await Looking(looking.ctx, fixed_id("another matter without a mediator")).appointing()
    assert await due_in(other, ZHOU) is not None
    other.later(days=5)
    assert await due_in(other, ZHOU) is None


async def test_a_vote_of_a_round_that_is_over_hides_no_next_day(looking):
    first = await due_in(looking, ZHOU)
    await chosen(looking, ZHOU, ZHENG)
    await chosen(looking, LIN, ZHENG)
    looking.later(days=1)
    await decline(looking.ctx, ZHENG, LOAN, Decline.OUTSIDE_FIELD, "不懂金融")
    for user in (ZHOU, LIN):
        assert await due_in(looking, user) == (await choice_page(looking.ctx, user, LOAN)).until > first


async def test_a_log_that_was_never_begun_tells_no_day(looking):
    log = await looking.log()
    told_by_the_row = [replace(each, seq=0) for each in log]
    async with looking.ctx.db.reading() as tx:
        mine = [await own_matter(tx, ZHOU, LOAN)]
        assert list(await votes_due(looking.ctx, tx, mine, {LOAN: log})) == [LOAN]
        assert await votes_due(looking.ctx, tx, mine, {LOAN: told_by_the_row}) == {}


async def test_many_matters_with_a_vote_are_told_with_as_many_questions_as_one(looking):
    asked, times = [], []
    event.listen(looking.ctx.db._engine.sync_engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    for n in range(3):
        asked.clear()
        assert [each for each in (await my_matters(looking.ctx, ZHOU)).lines if each.choose_until]
        times.append(len(asked))
        await Looking(looking.ctx, fixed_id(f"one more {n}")).appointing()
    assert times[0] == times[1] == times[2]
