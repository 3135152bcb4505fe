import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from mediation_server.domain.application import ApplicationStep, Draft, PartyKind, draft_of
from mediation_server.domain.audit import AuditAction
from mediation_server.domain.calendar import local_date
from mediation_server.domain.conflicts import CaseRole, Involvement
from mediation_server.domain.ids import new_id
from mediation_server.domain.lifecycle import Actor, Capacity, Command, CommandKind
from mediation_server.domain.matter import MatterState, Track
from mediation_server.domain.matter_log import MatterEventKind
from mediation_server.domain.people import Role, Side
from mediation_server.domain.receipt import receipt_number
from mediation_server.errors import BadInput, Conflict, MediationError, NotFound, Refused
from mediation_server.services import applying, consenting, demo_cast
from mediation_server.services.access import own_matter
from mediation_server.services.applying import Lack, Writer
from mediation_server.services.procedure import act_on_matter, log_findings
from mediation_server.store import conflicts, matter_events, matters, party_agents
from tests.applications import APPLICANT, COMPANY, COURT, FIRM, OTHER, TAO, complete_draft

ZHOU = demo_cast.PARTY_ACCOUNTS[0]
CLERK = next(each for each in demo_cast.USERS if each.role is Role.CLERK)
FILING = Actor(demo_cast.FILING.id, Capacity.FILING)


async def written(demo, user=ZHOU, draft=None):
    """An application that wants nothing any more, its id."""
    begun = await applying.begin(demo.ctx, user)
    whole = draft or complete_draft(phone=user.phone or TAO["phone"])
    await applying.save(demo.ctx, Writer(user), begun.application_id, lambda _: whole)
    return begun.application_id


async def submitted(demo, user=ZHOU, draft=None):
    """The same, submitted: its id and the matter's."""
    application_id = await written(demo, user, draft)
    return application_id, await applying.submit(demo.ctx, user, application_id)


async def refusal_of(call) -> MediationError:
    with pytest.raises(MediationError) as refusal:
        await call
    return refusal.value


async def log_of(demo, matter_id):
    async with demo.ctx.db.reading() as tx:
        return await matter_events.events_of(tx, matter_id)


async def test_a_submitted_application_is_a_matter_with_a_receipt_and_the_instant_that_counts(demo):
    _, matter_id = await submitted(demo)
    async with demo.ctx.db.reading() as tx:
        matter = await matters.matter(tx, matter_id)
        tao, company = await matters.parties_of(tx, matter_id)
        (agent,) = await party_agents.agents_of(tx, [tao.id])
        assert (await own_matter(tx, ZHOU, matter_id)).party == tao  # by the phone, at once
    assert (matter.state, matter.submitted_at) == (MatterState.SUBMITTED, demo.ctx.clock.now())
    assert (matter.ref, matter.court, matter.claim_fen) == ("TJ-9901-2026-000043", "江岚市云溪区人民法院", 5_000_000)
    assert matter.track is Track.ORG_ACCEPTED
    assert (tao.user_id, tao.id_number, company.attends_as, agent.name) == (ZHOU.id, TAO["id_number"], "葛明", "何屿")
    created, handed_in = await log_of(demo, matter_id)
    assert (created.kind, handed_in.kind) == (MatterEventKind.CREATED, MatterEventKind.SUBMITTED)
    assert handed_in.payload["receipt"] == receipt_number(matter)
    assert await log_findings(demo.ctx.db, matter_id) == []


async def test_pressing_twice_submits_once(demo):
    application_id = await written(demo)
    found = await asyncio.gather(*(applying.submit(demo.ctx, ZHOU, application_id) for _ in range(3)))
    assert len(set(found)) == 1
    assert len(await log_of(demo, found[0])) == 2


async def test_numbers_run_on_for_each_court_and_never_repeat(demo):
    refs = []
    for court in ("9901", "9922", "9901", "9922"):
        draft = complete_draft(phone=ZHOU.phone).saying(ApplicationStep.COURT, {**COURT, "court": court})
        draft = renamed(draft)
        _, matter_id = await submitted(demo, draft=draft)
        async with demo.ctx.db.reading() as tx:
            refs.append((await matters.matter(tx, matter_id)).ref)
    assert refs == ["TJ-9901-2026-000043", "TJ-9922-2026-000018", "TJ-9901-2026-000044", "TJ-9922-2026-000019"]


def renamed(draft: Draft) -> Draft:
    """The same people as others: a party belongs to one matter."""
    data = json.dumps(draft.as_data())
    for key in (APPLICANT, OTHER, FIRM):
        data = data.replace(key, applying.new_person(None, Draft(), Side.THIRD, PartyKind.NATURAL).key)
    return draft_of(json.loads(data))


class Broken:
    """A gateway that does nothing but fail."""

    async def send(self, notice):
        raise OSError("no line")


async def test_a_submission_needs_neither_court_nor_messages_and_what_waits_is_sent_later(demo):
    object.__setattr__(demo.ctx, "notifier", Broken())
    _, matter_id = await submitted(demo)
    assert [each.kind for each in await log_of(demo, matter_id)][-1] is MatterEventKind.SUBMITTED
    rows = (await demo.everything())["notice_queue"]
    assert any("TJ-9901-2026-000043" in str(row) and ZHOU.phone in str(row) for row in rows)
    assert not any("50 000" in str(row) or "星桥" in str(row) for row in rows)


async def test_nothing_is_submitted_that_is_not_complete(demo):
    application_id = await written(demo, draft=complete_draft(phone=ZHOU.phone).without_person(OTHER))
    before = await demo.everything()
    refused = await refusal_of(applying.submit(demo.ctx, ZHOU, application_id))
    assert (type(refused), refused.code) == (BadInput, "application_incomplete")
    assert await demo.everything() == before


async def test_a_browser_that_lost_its_login_may_write_and_not_read(demo):
    begun = await applying.begin(demo.ctx, ZHOU)
    whole = complete_draft()
    saved = await applying.save(demo.ctx, Writer(None, begun.key), begun.application_id, lambda _: whole)
    assert saved.draft == whole
    for key in ("", "x" * 43, begun.key[:-1] + "_"):
        with pytest.raises(NotFound):
            await applying.save(demo.ctx, Writer(None, key), begun.application_id, lambda _: Draft())
    assert (await applying.application_page(demo.ctx, ZHOU, begun.application_id)).record.draft == whole


async def test_somebody_elses_application_is_as_if_it_did_not_exist(demo):
    application_id = await written(demo)
    for user in (demo_cast.PARTY_ACCOUNTS[1], demo.mediator, demo_cast.FILING):
        for call in (
            applying.application_page(demo.ctx, user, application_id),
            applying.save(demo.ctx, Writer(user), application_id, lambda draft: draft),
            applying.submit(demo.ctx, user, application_id),
            applying.remove(demo.ctx, user, application_id),
        ):
            assert type(await refusal_of(call)) is NotFound


async def test_a_submitted_application_is_not_written_in_any_more(demo):
    application_id, _ = await submitted(demo)
    for call in (
        applying.save(demo.ctx, Writer(ZHOU), application_id, lambda _: Draft()),
        applying.remove(demo.ctx, ZHOU, application_id),
    ):
        refused = await refusal_of(call)
        assert (type(refused), refused.code) == (Conflict, "application_submitted")


@pytest.mark.parametrize(
    ("user", "capacity"),
    [(demo_cast.FILING, Capacity.FILING), (CLERK, Capacity.CLERK), (demo_cast.MEDIATOR_4, Capacity.MEDIATOR)],
    ids=["filing", "clerk", "mediator"],
)
async def test_staff_apply_for_somebody_who_cannot_and_are_named_as_helpers(demo, user, capacity):
    _, matter_id = await submitted(demo, user)
    created, handed_in = await log_of(demo, matter_id)
    assert created.payload["helped_by"] == user.id
    assert (created.actor, handed_in.role) == (user.id, capacity.value)


@pytest.mark.parametrize("role", [Role.JUDGE, Role.ADMIN, Role.AUDITOR, Role.ORGANISATION])
async def test_who_may_not_apply_is_refused(demo, role):
    user = next(each for each in demo_cast.USERS if each.role is role)
    refused = await refusal_of(applying.begin(demo.ctx, user))
    assert (type(refused), refused.code) == (Refused, "may_not_apply")


async def test_the_applicant_finds_what_staff_wrote_for_them(demo):
    draft = complete_draft(phone=ZHOU.phone)
    application_id, _ = await submitted(demo, demo_cast.FILING, draft)
    assert (await applying.application_page(demo.ctx, ZHOU, application_id)).record.helped_by == demo_cast.FILING.id
    with pytest.raises(NotFound):  # the other side applies for nothing
        await applying.application_page(demo.ctx, demo_cast.PARTY_ACCOUNTS[1], application_id)


async def test_drafts_have_a_limit_and_can_be_thrown_away(demo):
    begun = [await applying.begin(demo.ctx, ZHOU) for _ in range(applying.MOST_DRAFTS)]
    refused = await refusal_of(applying.begin(demo.ctx, ZHOU))
    assert (refused.code, refused.details) == ("too_many_drafts", {"limit": applying.MOST_DRAFTS})
    await applying.remove(demo.ctx, ZHOU, begun[0].application_id)
    await applying.begin(demo.ctx, ZHOU)
    assert len(await applying.drafts_of(demo.ctx, ZHOU)) == applying.MOST_DRAFTS


async def returned(demo, matter_id, *defects):
    due = (demo.ctx.clock.now() + timedelta(days=7)).date()
    payload = {"defects": list(defects), "due": due.isoformat()}
    await act_on_matter(demo.ctx, FILING, matter_id, Command(CommandKind.REQUEST_SUPPLEMENT, payload))
    return due


async def test_what_came_back_is_completed_and_keeps_its_first_instant(demo):
    application_id, matter_id = await submitted(demo)
    first = demo.ctx.clock.now()
    due = await returned(demo, matter_id, "claim", "other:1")
    demo.ctx.clock.advance(hours=30)
    page = await applying.application_page(demo.ctx, ZHOU, application_id)
    assert (page.open, page.supplement.defects, page.supplement.due) == (True, (Lack("claim"), Lack("other")), due)

    def completed(draft):
        draft = draft.saying(ApplicationStep.DISPUTE, {"claim": "归还借款50 000元和利息", "amount": "51000"})
        third = applying.new_person(None, draft, Side.THIRD, PartyKind.NATURAL)
        draft = draft.with_person(replace(third, said={"name": "吴大勇", "phone": "16100000014"}))
        return draft.without_agent(FIRM).saying(ApplicationStep.AGENTS, {"has_agents": "no"})

    await applying.save(demo.ctx, Writer(ZHOU), application_id, completed)
    assert await applying.submit(demo.ctx, ZHOU, application_id) == matter_id
    async with demo.ctx.db.reading() as tx:
        matter = await matters.matter(tx, matter_id)
        parties = await matters.parties_of(tx, matter_id)
        assert await party_agents.agents_of(tx, [each.id for each in parties]) == []
    assert (matter.state, matter.submitted_at, matter.claim_fen) == (MatterState.SUBMITTED, first, 5_100_000)
    assert [each.name for each in parties] == ["陶静怡", "江岚星桥电子有限公司", "吴大勇"]
    assert parties[2].user_id == demo_cast.PARTY_ACCOUNTS[3].id
    assert await log_findings(demo.ctx.db, matter_id) == []


async def test_whom_the_completed_application_leaves_out_is_asked_no_more(demo):
    application_id, matter_id = await submitted(demo)
    await returned(demo, matter_id, "respondent_wrong")

    def corrected(draft):
        other = applying.new_person(None, draft, Side.RESPONDENT, PartyKind.ORGANISATION)
        return draft.without_person(OTHER).with_person(replace(other, said={**COMPANY, "name": "江岚康护用品有限公司"}))

    await applying.save(demo.ctx, Writer(ZHOU), application_id, corrected)
    await applying.submit(demo.ctx, ZHOU, application_id)
    async with demo.ctx.db.reading() as tx:
        names = [each.name for each in await matters.parties_of(tx, matter_id)]
    assert names == ["陶静怡", "江岚康护用品有限公司"]
    assert OTHER not in (await log_of(demo, matter_id))[-1].payload["parties"]


async def test_whoever_has_answered_something_stays(demo):
    application_id, matter_id = await submitted(demo)
    item = next(iter(consenting.TEXT_VERSIONS))
    reply = consenting.Reply(item, consenting.TEXT_VERSIONS[item], answer=True)
    await consenting.give(demo.ctx, FILING, OTHER, reply, consenting.Word(consenting.ConsentChannel.PHONE, "已接听"))
    await returned(demo, matter_id, "respondent_wrong")
    await applying.save(
        demo.ctx,
        Writer(ZHOU),
        application_id,
        lambda draft: draft.without_person(OTHER).with_person(replace(draft.person(OTHER), key=FIRM[::-1])),
    )
    refused = await refusal_of(applying.submit(demo.ctx, ZHOU, application_id))
    assert refused.code == "party_has_answered"


async def test_a_draft_nobody_touches_is_deleted_after_its_time_and_its_page_said_so(demo):
    kept, gone = await written(demo), await written(demo)
    _, matter_id = await submitted(demo)
    page = await applying.application_page(demo.ctx, ZHOU, gone)
    days = demo.ctx.settings.draft_days
    assert applying.draft_kept_until(demo.ctx, page.record) == local_date(demo.ctx.clock.now()) + timedelta(days=days)
    demo.ctx.clock.advance(seconds=days * 86_400)
    assert await applying.forget_drafts(demo.ctx) == 0  # on its last day it is still there
    await applying.save(demo.ctx, Writer(ZHOU), kept, lambda draft: draft)  # somebody looks after it
    demo.ctx.clock.advance(seconds=86_400)
    assert await applying.forget_drafts(demo.ctx) == 1
    assert await applying.forget_drafts(demo.ctx) == 0
    assert [each.id for each in await applying.drafts_of(demo.ctx, ZHOU)] == [kept]
    assert (await demo.audited(AuditAction.DRAFT_FORGOTTEN))[-1].object == f"application:{gone}"
    async with demo.ctx.db.reading() as tx:
        assert await matters.matter(tx, matter_id)


async def test_who_mediated_this_dispute_before_speaks_for_nobody_in_it(demo):
    """The conflict register at intake (特邀规定 art. 16): refused, and nothing of it is left."""
    draft = complete_draft(phone=ZHOU.phone)
    _, earlier = await submitted(demo, draft=draft)
    agent = next(each for each in draft.agents).said
    async with demo.ctx.db.transaction() as tx:
        matter = await matters.matter(tx, earlier)
        noted = Involvement(
            new_id(),
            earlier,
            CaseRole.MEDIATOR,
            agent["name"],
            demo.ctx.clock.now(),
            demo_cast.FILING.id,
            phone=agent["phone"],
        )
        await conflicts.add(tx, noted)
    assert matter.cause == COURT["cause"]
    again = await written(demo, draft=refreshed(draft))
    assert (await refusal_of(applying.submit(demo.ctx, ZHOU, again))).code == "barred_by_part"
    page = await applying.application_page(demo.ctx, ZHOU, again)
    assert page.matter is None
    other = complete_draft(phone=ZHOU.phone).saying(ApplicationStep.COURT, {**COURT, "cause": "买卖合同纠纷"})
    assert await applying.submit(demo.ctx, ZHOU, await written(demo, draft=refreshed(other)))  # another dispute


def refreshed(draft):
    """The same application written anew: everybody in it has another key."""
    data = json.dumps(draft.as_data())
    for key in {each.key for each in (*draft.people, *draft.agents)}:
        data = data.replace(key, new_id())
    return draft_of(json.loads(data))
