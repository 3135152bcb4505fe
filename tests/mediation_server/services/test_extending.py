"""More days by consent of all, and stretches that do not count: who may ask, what each side learns, what is secret."""

from dataclasses import replace
from datetime import date

import pytest

from mediation_server.domain.consent import ConsentItem
from mediation_server.domain.consent_texts import TEXT_VERSIONS
from mediation_server.domain.ids import fixed_id
from mediation_server.domain.matter import MatterState, Track
from mediation_server.domain.matter_log import MatterEventKind
from mediation_server.domain.people import Role
from mediation_server.domain.users import User, login_of_phone
from mediation_server.errors import BadInput, Conflict, NotFound, Refused, TooMany
from mediation_server.services import consenting, extending, pausing, terms
from mediation_server.services.notifying import sent_lately
from mediation_server.store import matter_events, matters, outbox, users
from tests.mediation_server.services.test_procedure import GAO, HE, LIN, MATTER, MEDIATOR, ZHENG, ZHOU, Desk

K = MatterEventKind
VERSION = TEXT_VERSIONS[ConsentItem.EXTENSION]
CLERKLY = replace(GAO, court="江岚市云溪区人民法院")
DAY = 86_400


def account(name, phone):
    return User(fixed_id(f"account {phone}"), login_of_phone(phone), name, name, Role.PARTY, phone=phone)


APPLICANT, RESPONDENT = account("周承安", "16100000011"), account("林若溪", "16100000012")


@pytest.fixture
async def desk(ctx, db, clock):
    """A matter mediated from Monday 23 November 2026 until Monday the thirtieth, its parties with accounts."""
    opened = await Desk(ctx, db, clock).opened()
    await opened.mediating()
    async with db.transaction() as tx:
        for user, party in ((APPLICANT, ZHOU), (RESPONDENT, LIN)):
            await users.add(tx, user, "none", clock.now())
            await tx.exec_driver_sql(f"UPDATE matter_parties SET user_id = '{user.id}' WHERE id = '{party}'")
    return opened


async def end_of(desk):
    return (await desk.read(matters.matter, MATTER)).period_end


async def yes(desk, user):
    return await extending.answer(desk.ctx, user, MATTER, VERSION, yes=True)


async def test_with_the_last_yes_the_period_is_longer_and_everybody_reads_the_same(desk):
    await extending.ask(desk.ctx, ZHENG, MATTER, 7)
    assert await yes(desk, APPLICANT) is False
    assert await end_of(desk) == date(2026, 11, 30)
    assert await yes(desk, RESPONDENT) is True
    assert await end_of(desk) == date(2026, 12, 7)
    told = [(each.recipient[-2:], each.body.split("号")[-1]) for each in reversed(await sent_lately(desk.db))]
    asked = "征询延长调解期限7天，请在11月30日前登录答复，可以拒绝。"
    longer = "各方已同意，调解期限延长到12月7日。"
    assert sorted(told[:2]) == [("11", asked), ("12", asked)]  # both in one moment
    assert sorted(told[2:]) == [("11", longer), ("12", longer)]
    assert (await desk.read(outbox.messages_of, MATTER))[-1].type == "PeriodExtended"


async def test_05_without_one_partys_consent_nobody_extends(desk):
    await extending.ask(desk.ctx, ZHENG, MATTER, 7)
    await yes(desk, APPLICANT)
    await extending.answer(desk.ctx, RESPONDENT, MATTER, VERSION, yes=False)
    with pytest.raises(Conflict, match="extension_consent_missing"):
        await extending.extend(desk.ctx, ZHENG, MATTER)
    assert await end_of(desk) == date(2026, 11, 30)
    assert await yes(desk, RESPONDENT) is True  # whoever changes their mind in time is heard


async def test_asking_again_makes_the_answers_void_and_a_second_extension_wants_consents_of_its_own(desk):
    await extending.ask(desk.ctx, ZHENG, MATTER, 7)
    await yes(desk, APPLICANT)
    await extending.ask(desk.ctx, ZHENG, MATTER, 5)
    assert await yes(desk, RESPONDENT) is False
    assert await yes(desk, APPLICANT) is True
    assert await end_of(desk) == date(2026, 12, 7)  # the fifth is a Saturday
    await extending.ask(desk.ctx, ZHENG, MATTER, 3)
    assert await yes(desk, RESPONDENT) is False
    assert await yes(desk, APPLICANT) is True
    assert await end_of(desk) == date(2026, 12, 8)


async def test_a_party_may_ask_and_has_not_agreed_by_that(desk):
    await extending.ask_as_party(desk.ctx, RESPONDENT, MATTER, 10)
    assert await yes(desk, APPLICANT) is False
    assert await yes(desk, RESPONDENT) is True


async def test_a_yes_by_telephone_counts_and_the_mediator_extends(desk):
    await extending.ask(desk.ctx, ZHENG, MATTER, 7)
    await yes(desk, APPLICANT)
    word = consenting.Word(channel=consenting.ConsentChannel.PHONE, note="电话中同意")
    await consenting.give(desk.ctx, MEDIATOR, LIN, consenting.Reply(ConsentItem.EXTENSION, VERSION, True), word)
    assert (await extending.period_page(desk.ctx, ZHENG, MATTER)).all_agree
    await extending.extend(desk.ctx, ZHENG, MATTER)
    assert await end_of(desk) == date(2026, 12, 7)


@pytest.mark.parametrize(
    ("days", "refusal", "code"), [(31, Conflict, "extension_too_long"), (0, BadInput, "number_range")]
)
async def test_after_filing_nobody_asks_for_more_than_thirty_days(desk, days, refusal, code):
    with pytest.raises(refusal, match=code):
        await extending.ask(desk.ctx, ZHENG, MATTER, days)


async def test_nobody_asks_once_the_period_is_over_nor_answers_what_nobody_asks(desk):
    with pytest.raises(Conflict, match="extension_not_asked"):
        await yes(desk, APPLICANT)
    desk.clock.advance(seconds=8 * DAY)
    with pytest.raises(Conflict, match="period_over"):
        await extending.ask(desk.ctx, ZHENG, MATTER, 7)


async def test_an_answer_that_comes_after_the_end_extends_nothing(desk):
    await extending.ask(desk.ctx, ZHENG, MATTER, 7)
    await yes(desk, APPLICANT)
    desk.clock.advance(seconds=8 * DAY)
    before = await desk.everything()
    with pytest.raises(Conflict, match="period_over"):
        await yes(desk, RESPONDENT)
    assert await desk.everything() == before
    assert await end_of(desk) == date(2026, 11, 30)


async def test_everybody_is_asked_a_few_times_a_day_and_no_more(desk):
    for _ in range(5):
        await extending.ask(desk.ctx, ZHENG, MATTER, 7)
    before = await desk.everything()
    with pytest.raises(TooMany, match="asked_too_often"):
        await extending.ask_as_party(desk.ctx, RESPONDENT, MATTER, 7)
    assert await desk.everything() == before


@pytest.mark.parametrize("stranger", [HE, account("陌生人", "16100000099"), GAO])
async def test_strangers_find_nothing(desk, stranger):
    for asked in (
        extending.period_page(desk.ctx, stranger, MATTER),
        extending.own_period_page(desk.ctx, stranger, MATTER),
        extending.ask(desk.ctx, stranger, MATTER, 7),
        extending.ask_as_party(desk.ctx, stranger, MATTER, 7),
        extending.extend(desk.ctx, stranger, MATTER),
        pausing.stop(desk.ctx, stranger, MATTER, "force_majeure", "暴雨"),
        pausing.resume(desk.ctx, stranger, MATTER),
        terms.terms_of(desk.ctx, stranger, MATTER),
        terms.own_terms(desk.ctx, stranger, MATTER),
    ):
        with pytest.raises(NotFound):
            await asked


async def test_a_party_learns_its_own_answer_and_nobody_elses(desk):
    await extending.ask(desk.ctx, ZHENG, MATTER, 7)
    await extending.answer(desk.ctx, APPLICANT, MATTER, VERSION, yes=False)
    seen = await extending.own_period_page(desk.ctx, RESPONDENT, MATTER)
    assert dict(seen.answers) == {LIN: None}
    assert dict((await extending.period_page(desk.ctx, ZHENG, MATTER)).answers) == {ZHOU: False, LIN: None}


async def test_both_sides_see_the_same_clocks_whatever_happens(desk):
    async def same():
        mine = await terms.own_terms(desk.ctx, APPLICANT, MATTER)
        theirs = await terms.own_terms(desk.ctx, RESPONDENT, MATTER)
        assert (mine.clocks, mine.stops) == (theirs.clocks, theirs.stops)

    await same()
    await extending.ask_as_party(desk.ctx, RESPONDENT, MATTER, 10)
    await yes(desk, APPLICANT)
    await same()
    await yes(desk, RESPONDENT)
    await pausing.stop(desk.ctx, ZHENG, MATTER, "false_mediation", "疑似虚构债务")
    await same()


async def test_a_suspicion_of_sham_mediation_looks_to_parties_like_any_other_stop(desk):
    async def seen(cause):
        await pausing.stop(desk.ctx, ZHENG, MATTER, cause, "原因")
        mine = await terms.own_terms(desk.ctx, APPLICANT, MATTER)
        await pausing.resume(desk.ctx, ZHENG, MATTER)
        return mine.clocks, [each.cause for each in mine.stops]

    suspected, stormed = await seen("false_mediation"), await seen("force_majeure")
    assert suspected == (stormed[0], [""])
    assert [each.cause for each in (await terms.terms_of(desk.ctx, ZHENG, MATTER)).stops] == [
        "false_mediation",
        "force_majeure",
    ]


async def test_06_appraisal_is_the_filing_desks_and_wants_everybody(desk):
    with pytest.raises(Refused, match="not_your_part"):
        await pausing.stop(desk.ctx, ZHENG, MATTER, "appraisal", "笔迹", [ZHOU, LIN])
    with pytest.raises(Conflict, match="not_all_parties"):
        await pausing.stop(desk.ctx, CLERKLY, MATTER, "appraisal", "笔迹", [ZHOU])
    await pausing.stop(desk.ctx, CLERKLY, MATTER, "appraisal", "笔迹", [ZHOU, LIN])
    assert (await desk.read(matters.matter, MATTER)).state is MatterState.PAUSED
    desk.clock.advance(seconds=8 * DAY)
    await pausing.resume(desk.ctx, CLERKLY, MATTER)
    assert await end_of(desk) == date(2026, 12, 8)


async def test_before_filing_only_what_the_list_names_is_appraised(desk):
    async with desk.db.transaction() as tx:
        row = await matters.matter(tx, MATTER)
        await matters.save(tx, replace(row, track=Track.PREFILING_DELEGATED))
    with pytest.raises(Refused, match="appraisal_unfit"):
        await pausing.stop(desk.ctx, CLERKLY, MATTER, "appraisal", "笔迹", [ZHOU, LIN])


@pytest.mark.parametrize(
    ("cause", "reason", "field"), [("", "x", "cause"), ("holiday", "x", "cause"), ("force_majeure", " ", "reason")]
)
async def test_a_stop_names_its_cause_and_says_why(desk, cause, reason, field):
    before = await desk.everything()
    with pytest.raises(BadInput) as refusal:
        await pausing.stop(desk.ctx, ZHENG, MATTER, cause, reason)
    assert refusal.value.field == field
    assert await desk.everything() == before


async def test_the_log_says_who_asked_and_for_how_many_days(desk):
    await extending.ask_as_party(desk.ctx, RESPONDENT, MATTER, 10)
    last = (await desk.read(matter_events.events_of, MATTER))[-1]
    assert (last.kind, last.actor, last.role, last.payload) == (K.EXTENSION_ASKED, LIN, "respondent", {"days": 10})
