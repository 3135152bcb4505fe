"""Consents of parties: ledger, matter log and audit say the same, and nothing is said for somebody else."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.consent import ConsentChannel, ConsentItem, GivenBy
from mediation_server.domain.consent_texts import TEXT_VERSIONS
from mediation_server.domain.ids import fixed_id, new_id
from mediation_server.domain.lifecycle import Actor, Capacity, Command, CommandKind
from mediation_server.domain.matter import Matter, MatterParty, MatterState, Track
from mediation_server.domain.matter_log import MatterEventKind
from mediation_server.domain.people import Role, Side
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, MediationError, NotFound, Refused
from mediation_server.services.consenting import Reply, Word, consents_of, give, withdraw
from mediation_server.services.procedure import act_on_matter, open_matter
from mediation_server.store import audit, consents, matter_events, matters, users

I = ConsentItem  # noqa: E741 - the items of the ledger, on every line
MATTER, ZHOU, LIN = fixed_id("matter of consents"), fixed_id("zhou consents"), fixed_id("lin consents")
GAO = User(fixed_id("gao"), "gao", "高文心", "Gao Wenxin", Role.FILING)
ZHENG = User(fixed_id("zheng"), "zheng", "郑思远", "Zheng Siyuan", Role.MEDIATOR)
PARTIES = [
    MatterParty(ZHOU, MATTER, Side.APPLICANT, Role.APPLICANT, "周承安", "Zhou", "natural", "16100000011"),
    MatterParty(LIN, MATTER, Side.RESPONDENT, Role.RESPONDENT, "林若溪", "Lin", "natural", "16100000012"),
]
APPLICANT = Actor(ZHOU, Capacity.APPLICANT, ZHOU)
RESPONDENT = Actor(LIN, Capacity.RESPONDENT, LIN)
FILING = Actor(GAO.id, Capacity.FILING)
MEDIATOR = Actor(ZHENG.id, Capacity.MEDIATOR)
CALL = Word(ConsentChannel.PHONE, note="本人接听")


def yes(item, answer=True):
    return Reply(item, TEXT_VERSIONS[item], answer)


class Desk:
    def __init__(self, ctx, db):
        self.ctx, self.db = ctx, db

    async def opened(self):
        now = self.ctx.clock.now()
        async with self.db.transaction() as tx:
            for each in (GAO, ZHENG):
                await users.add(tx, each, "no password", now)
        matter = Matter(
            id=MATTER,
            ref="TJ-9901-2026-000077",
            track=Track.POSTFILING_ENTRUSTED,
            state=MatterState.DRAFT,
            court="江岚市云溪区人民法院",
            court_en="Yunxi District People's Court",
            cause="民间借贷纠纷",
            cause_en="Private loan dispute",
            mediator_id=None,
            created_at=now,
        )
        sent = {
            "track": "postfiling_entrusted",
            "procedure": "简易",
            "case_no": "(2026)皖9901民初2101号",
            "consents": [],
        }
        await open_matter(
            self.ctx, Actor("court", Capacity.COURT), matter, PARTIES, Command(CommandKind.COURT_DIVERT, sent)
        )
        return self

    async def mediating(self):
        for who in (APPLICANT, RESPONDENT):
            await give(self.ctx, who, who.party, yes(I.MEDIATION))
        await act_on_matter(self.ctx, FILING, MATTER, Command(CommandKind.APPOINT, {"mediator": ZHENG.id}))
        await act_on_matter(self.ctx, MEDIATOR, MATTER, Command(CommandKind.ACCEPT, {"relations": []}))

    async def read(self, function, *keys):
        async with self.db.reading() as tx:
            return await function(tx, *keys)

    async def log(self, kind=MatterEventKind.CONSENTED):
        return [each for each in await self.read(matter_events.events_of, MATTER) if each.kind is kind]

    async def line(self, who, item):
        return next(each for each in await consents_of(self.ctx, who, MATTER, who.party) if each.item is item)


@pytest.fixture
async def desk(ctx, db):
    return await Desk(ctx, db).opened()


async def refused(wish):
    with pytest.raises(MediationError) as refusal:
        await wish
    return type(refusal.value), refusal.value.code


async def test_an_answer_is_in_the_ledger_and_in_the_log_of_the_matter(desk):
    entry = await give(desk.ctx, APPLICANT, ZHOU, yes(I.MEDIATION))
    assert await desk.read(consents.ledger_of, ZHOU) == [entry]
    assert (entry.channel, entry.given_by, entry.operator_id) == (ConsentChannel.WEB, GivenBy.SELF, None)
    (event,) = await desk.log()
    assert entry.evidence == f"matter:{MATTER}@{event.seq}"
    assert dict(event.payload) == {
        "party": ZHOU,
        "item": "c1",
        "text_version": TEXT_VERSIONS[I.MEDIATION],
        "answer": True,
        "given_by": "self",
        "channel": "web",
    }
    line = await desk.line(APPLICANT, I.MEDIATION)
    assert (line.standing.last, line.withdrawable, line.kept) == (entry, True, None)


async def test_the_matter_goes_on_when_everybody_has_agreed(desk):
    await give(desk.ctx, APPLICANT, ZHOU, yes(I.MEDIATION))
    assert (await desk.read(matters.matter, MATTER)).state is MatterState.CONSENTING
    await give(desk.ctx, RESPONDENT, LIN, yes(I.MEDIATION))
    assert (await desk.read(matters.matter, MATTER)).state is MatterState.APPOINTING


async def test_who_does_not_want_to_mediate_ends_it_with_the_same_answer(desk):
    await give(desk.ctx, RESPONDENT, LIN, yes(I.MEDIATION, answer=False))
    (refusal,) = await desk.log(MatterEventKind.REFUSED)
    assert refusal.payload["party"] == LIN
    assert (await desk.read(matters.matter, MATTER)).state is MatterState.HANDING_OVER


async def test_the_same_answer_twice_is_one_and_a_withdrawn_one_can_be_given_anew(desk):
    first = await give(desk.ctx, APPLICANT, ZHOU, yes(I.ONLINE))
    assert await give(desk.ctx, APPLICANT, ZHOU, yes(I.ONLINE)) == first
    back = await withdraw(desk.ctx, APPLICANT, ZHOU, I.ONLINE)
    assert (back.withdraws, back.answer, back.text_version) == (first.id, False, first.text_version)
    line = await desk.line(APPLICANT, I.ONLINE)
    assert (line.standing.holds, line.standing.withdrawn_at, line.withdrawable) == (False, back.at, False)
    again = await give(desk.ctx, APPLICANT, ZHOU, yes(I.ONLINE))
    assert again.id != first.id
    assert [bool(each.payload["answer"]) for each in await desk.log()] == [True, False, True]


async def test_only_a_standing_yes_can_be_withdrawn(desk):
    await give(desk.ctx, APPLICANT, ZHOU, yes(I.OBSERVERS, answer=False))
    for item in (I.OBSERVERS, I.ONLINE):
        assert await refused(withdraw(desk.ctx, APPLICANT, ZHOU, item)) == (Conflict, "consent_not_given")


async def test_a_yes_cannot_be_taken_back_once_what_it_allowed_has_happened(desk):
    await desk.mediating()
    for who in (APPLICANT, RESPONDENT):
        await give(desk.ctx, who, who.party, yes(I.EXTENSION))
    assert (await desk.line(APPLICANT, I.EXTENSION)).withdrawable
    await act_on_matter(desk.ctx, MEDIATOR, MATTER, Command(CommandKind.EXTEND, {"days": 5}))
    line = await desk.line(APPLICANT, I.EXTENSION)
    assert (line.withdrawable, line.kept) == (False, "consent_spent")
    assert await refused(withdraw(desk.ctx, APPLICANT, ZHOU, I.EXTENSION)) == (Conflict, "consent_spent")
    assert len(await desk.read(consents.ledger_of, ZHOU)) == 2


async def test_electronic_service_is_taken_back_even_when_nothing_moves_any_more(desk):
    given = await give(desk.ctx, RESPONDENT, LIN, yes(I.E_SERVICE))
    before = len(await desk.log())
    async with desk.db.transaction() as tx:
        now = desk.ctx.clock.now()
        event = {"at": now, "actor": "court", "role": "court", "kind": MatterEventKind.ARCHIVED}
        await matter_events.append_event(tx, MATTER, **event, payload={"catalogue_sha256": "0" * 64})
        await matters.save(tx, replace(await matters.matter(tx, MATTER), state=MatterState.ARCHIVED))
    back = await withdraw(desk.ctx, RESPONDENT, LIN, I.E_SERVICE)
    assert back.withdraws == given.id
    assert len(await desk.log()) == before
    assert await refused(give(desk.ctx, RESPONDENT, LIN, yes(I.ONLINE))) == (Conflict, "matter_state")


async def test_words_that_have_changed_are_read_anew_first(desk):
    old = Reply(I.ONLINE, "1", answer=True)
    assert await refused(give(desk.ctx, APPLICANT, ZHOU, old)) == (Conflict, "consent_text_changed")
    assert await desk.read(consents.ledger_of, ZHOU) == []


async def test_nobody_answers_for_another_party_or_sees_its_answers(desk):
    await give(desk.ctx, RESPONDENT, LIN, yes(I.ONLINE))
    assert await refused(give(desk.ctx, APPLICANT, LIN, yes(I.ONLINE))) == (NotFound, "not_found")
    assert await refused(withdraw(desk.ctx, APPLICANT, LIN, I.ONLINE)) == (NotFound, "not_found")
    assert await refused(consents_of(desk.ctx, APPLICANT, MATTER, LIN)) == (NotFound, "not_found")
    assert await refused(consents_of(desk.ctx, FILING, fixed_id("another matter"), LIN)) == (NotFound, "not_found")
    assert await refused(give(desk.ctx, FILING, new_id(), yes(I.ONLINE), CALL)) == (NotFound, "not_found")
    assert len(await desk.read(consents.ledger_of_matter, MATTER)) == 1


async def test_staff_write_an_answer_down_with_their_name_the_channel_and_for_a_call_a_note(desk):
    entry = await give(desk.ctx, FILING, LIN, yes(I.MEDIATION), CALL)
    assert (entry.channel, entry.operator_id, entry.note) == (ConsentChannel.PHONE, GAO.id, "本人接听")
    for word, code in (
        (Word(), "consent_channel_required"),
        (Word(ConsentChannel.PHONE), "consent_note_required"),
        (replace(CALL, note="x" * 501), "too_long"),
        (replace(CALL, by_agent=True), "consent_authority_required"),
    ):
        assert await refused(give(desk.ctx, FILING, LIN, yes(I.ONLINE), word)) == (BadInput, code)


async def test_an_agents_answer_names_its_power_of_attorney_and_needs_a_special_one_for_what_settles(desk):
    agent, paper = replace(APPLICANT, id=new_id(), is_agent=True), Word(authority="document 7")
    own = await give(desk.ctx, agent, ZHOU, yes(I.MEDIATION))  # the account itself rests on papers somebody has read
    assert (own.given_by, own.authority) == (GivenBy.AGENT, f"agent:{agent.id}")
    entry = await give(desk.ctx, agent, ZHOU, yes(I.ONLINE), paper)
    assert (entry.given_by, entry.authority) == (GivenBy.AGENT, "document 7")
    for item in (I.NO_OBJECTION, I.UNDISPUTED_FACTS, I.CONCESSIONS):
        assert await refused(give(desk.ctx, agent, ZHOU, yes(item), paper)) == (Refused, "agent_not_authorised")
        assert await refused(give(desk.ctx, agent, ZHOU, yes(item), replace(paper, special=True))) == (
            Refused,
            "agent_not_authorised",
        )
        assert (await give(desk.ctx, replace(agent, special=True), ZHOU, yes(item), paper)).answer
    rows = await desk.read(audit.latest, 100)
    denied = [each for each in rows if each.action is AuditAction.MATTER_MOVED and not each.allowed]
    assert {each.basis for each in denied} == {"agent_not_authorised"}
    assert len(denied) == 6


async def test_nothing_in_the_ledger_can_be_written_over(desk):
    entry = await give(desk.ctx, APPLICANT, ZHOU, yes(I.ONLINE))
    for statement in ("UPDATE consents SET answer = 0", "DELETE FROM consents"):
        with pytest.raises(DBAPIError, match="append-only"):
            async with desk.db.transaction() as tx:
                await tx.execute(text(statement))
    assert await desk.read(consents.ledger_of, ZHOU) == [entry]


async def test_every_item_can_be_shown_before_anything_was_answered(desk):
    lines = await consents_of(desk.ctx, APPLICANT, MATTER, ZHOU)
    assert [each.item for each in lines] == list(I)
    assert all(each.standing.to_ask and each.text.version == TEXT_VERSIONS[each.item] for each in lines)
    assert not any(each.withdrawable or each.standing.holds for each in lines)
