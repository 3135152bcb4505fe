from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.calendar import local_date
from mediation_server.domain.checks.addresses import address
from mediation_server.domain.checks.contacts import mobile
from mediation_server.domain.checks.credit_codes import credit_code
from mediation_server.domain.checks.identities import IdentityKind, identity
from mediation_server.domain.lifecycle import Actor, Capacity, Command, CommandKind
from mediation_server.domain.log import EventKind, first_break
from mediation_server.domain.material import MaterialState
from mediation_server.domain.matter import Ground, MatterOutcome, MatterState, Outcome, Track
from mediation_server.domain.matter_folds import file_of
from mediation_server.domain.notice import Channel
from mediation_server.domain.people import Side
from mediation_server.domain.session import SessionKind, SessionState
from mediation_server.errors import MediationError
from mediation_server.services import demo_cast as cast
from mediation_server.services.demo_data import (
    MATTER_1,
    MATTER_2,
    MATTER_3,
    MATTER_4,
    MATTER_5,
    MATTER_6,
    MATTERS,
    SESSION_1,
    SESSION_1_MORNING,
    SESSION_2,
    SESSION_3,
    SESSION_4,
    SESSION_4_CHECK,
    participants_4,
    seed,
)
from mediation_server.services.demo_materials import handed_in_before
from mediation_server.services.demo_notices import sent_before
from mediation_server.services.login import sign_in
from mediation_server.services.procedure import act_on_matter, log_findings
from mediation_server.store import conclusions, materials, matter_events, matters, notices, outbox, sessions
from mediation_server.store.database import Database
from tests.doubles import FakeClock


async def read(demo, function, key):
    async with demo.ctx.db.reading() as tx:
        return await function(tx, key)


async def test_seeding_again_changes_nothing_and_tells_no_passwords(demo):
    before = await demo.everything()
    assert await seed(demo.ctx) == {}
    assert await demo.everything() == before


async def test_every_account_opens_with_the_password_told_once(demo):
    assert set(demo.passwords) == {each.login for each in cast.USERS}
    for number, (login, password) in enumerate(demo.passwords.items()):
        assert (await sign_in(demo.ctx, login, password, f"192.0.2.{number}")).user.login == login
    assert len(set(demo.passwords.values())) == len(cast.USERS)


async def test_matter_1_is_being_mediated_until_the_seventh_day_or_the_next_working_day(demo):
    matter = await read(demo, matters.matter, MATTER_1)
    assert (matter.track, matter.procedure, matter.state) == (Track.POSTFILING_ENTRUSTED, "简易", MatterState.MEDIATING)
    assert matter.case_no == "(2026)皖9901民初2101号"
    assert matter.period_end == date(2026, 11, 30)  # T+6 is a Sunday
    assert (matter.judge_capacity, matter.claim_fen) == ("trial", 8_600_000)
    held = await read(demo, sessions.sessions_of, MATTER_1)
    assert [(each.id, each.starts_at) for each in held] == [
        (SESSION_1_MORNING, datetime(2026, 11, 23, 2, 0, tzinfo=UTC)),
        (SESSION_1, datetime(2026, 11, 23, 6, 10, tzinfo=UTC)),
    ]


async def test_matter_2_was_agreed_nine_days_ago_with_a_caucus_and_is_being_signed(demo):
    matter = await read(demo, matters.matter, MATTER_2)
    assert (matter.state, matter.case_no) == (MatterState.SIGNING, "(2026)皖9922民诉前调87号")
    assert matter.period_end == date(2026, 12, 7)  # T+13 is a Sunday
    assert [each.attends_as for each in await read(demo, matters.parties_of, MATTER_2)] == [None, None, "许文涛"]
    session = await read(demo, sessions.session, SESSION_2)
    assert (session.ended_at - session.started_at).total_seconds() == 68 * 60
    log = await demo.log(SESSION_2)
    caucus = [each.offset_ms for each in log if each.kind in (EventKind.CAUCUS_OPENED, EventKind.CAUCUS_CLOSED)]
    assert caucus[1] - caucus[0] == 20 * 60_000
    assert [each.at for each in log] == sorted(each.at for each in log)
    assert first_break(log) is None


async def test_matter_4_is_before_the_confirming_judge(demo):
    matter = await read(demo, matters.matter, MATTER_4)
    assert (matter.state, matter.judge_id, matter.judge_capacity) == (
        MatterState.CONFIRMING,
        demo.judge.id,
        "confirming",
    )
    assert (matter.ref, matter.case_no) == ("TJ-9901-2026-000021", "(2026)皖9901民特37号")
    session = await read(demo, sessions.session, SESSION_4)
    assert session.started_at == datetime(2026, 11, 18, 6, 30, tzinfo=UTC)
    assert (session.ended_at - session.started_at).total_seconds() == 90
    conclusion = await read(demo, conclusions.conclusion_of, SESSION_4)
    assert (conclusion.outcome, "2026年12月3日" in conclusion.terms) == (Outcome.AGREED, True)
    check = await read(demo, sessions.session, SESSION_4_CHECK)
    assert (check.kind, check.state, check.presider_id) == (
        SessionKind.CONFIRMATION_CHECK,
        SessionState.SCHEDULED,
        demo.judge.id,
    )


async def test_the_log_of_matter_4_is_left_to_the_synthetic_sitting(demo):
    assert await demo.kinds(SESSION_4) == [EventKind.SESSION_SCHEDULED]
    assert [each.name for each in await participants_4(demo.ctx)] == [
        "何秀兰",
        "钱慧敏（江岚安和物业服务有限公司）",
        "孙巧云",
    ]


async def test_the_first_day_can_be_chosen(ctx):
    await seed(ctx, date(2026, 9, 18))
    async with ctx.db.reading() as tx:
        matter = await matters.matter(tx, MATTER_1)
        morning = await sessions.session(tx, SESSION_1_MORNING)
        soon = await sessions.session(tx, SESSION_1)
    assert matter.period_end == date(2026, 9, 24)
    assert morning.starts_at == datetime(2026, 9, 18, 2, 0, tzinfo=UTC)
    assert soon.starts_at == datetime(2026, 11, 23, 6, 10, tzinfo=UTC)


async def test_the_history_of_every_matter_is_its_log_and_its_row_says_the_same(demo):
    for matter in MATTERS:
        log = await read(demo, matter_events.events_of, matter)
        assert [each.at for each in log] == sorted(each.at for each in log)
        assert await log_findings(demo.ctx.db, matter) == []


async def test_matter_2_stood_still_for_eight_days_and_two_of_three_have_signed(demo):
    log = await read(demo, matter_events.events_of, MATTER_2)
    file = file_of(MATTER_2, log)
    names = {each.id: each.name for each in await read(demo, matters.parties_of, MATTER_2)}
    assert (file.period_days, [each.days for each in file.stops]) == (30, [8])
    assert {names[each] for each in set(file.parties) - file.agreement.signed} == {"赵启明"}


async def test_matter_4_was_signed_on_the_day_of_its_sitting_and_applied_for_the_day_after(demo):
    log = await read(demo, matter_events.events_of, MATTER_4)
    file = file_of(MATTER_4, log)
    assert (file.outcome, local_date(file.effective_at)) == (MatterOutcome.AGREED, date(2026, 11, 18))
    assert local_date(file.confirmation_at) == date(2026, 11, 19)
    assert log[-1].payload == {"case_no": "(2026)皖9901民特37号"}


async def test_matter_3_waits_for_the_judgment_and_can_never_be_confirmed(demo):
    matter = await read(demo, matters.matter, MATTER_3)
    assert (matter.track, matter.state, matter.confirmable) == (Track.COURT_LED, MatterState.JUDGMENT_REQUESTED, False)
    assert (matter.mediator_id, matter.judge_capacity) == (cast.TRIAL_JUDGE.id, "leading")
    named = await read(demo, sessions.participants_of, SESSION_3)
    assert [(each.name, each.side) for each in named][:2] == [("沈清和", Side.NEUTRAL), ("何秀兰", Side.NEUTRAL)]
    assert EventKind.RECORDING_STARTED not in await demo.kinds(SESSION_3)
    applies = Command(CommandKind.APPLY_CONFIRMATION, {"applicants": [], "court": matter.court})
    with pytest.raises(MediationError):
        await act_on_matter(demo.ctx, Actor(cast.FILING.id, Capacity.FILING), MATTER_3, applies)


async def test_the_name_of_the_child_stands_nowhere(demo):
    assert "顾小满" not in repr(await demo.everything())


async def test_matter_5_failed_and_goes_back_to_the_trial_without_what_was_offered(demo):
    matter = await read(demo, matters.matter, MATTER_5)
    assert (matter.state, matter.outcome) == (MatterState.HANDING_OVER, MatterOutcome.FAILED)
    file = file_of(MATTER_5, await read(demo, matter_events.events_of, MATTER_5))
    assert (file.ground, file.agreement) == (Ground.WIDE_GAP, None)
    messages = await read(demo, outbox.messages_of, MATTER_5)
    assert messages
    assert not any(offer in repr(messages) for offer in ("20000", "20 000", "20,000"))


async def test_the_agent_without_special_authority_tried_to_sign_in_vain(demo):
    tried = [each for each in await demo.audited(AuditAction.MATTER_MOVED) if not each.allowed]
    assert [(each.object, each.basis) for each in tried] == [(f"matter:{MATTER_5}", "special_authority_missing")]


async def test_matter_6_lies_in_the_archive_of_2020_and_the_court_has_all_of_it(demo):
    matter = await read(demo, matters.matter, MATTER_6)
    assert (matter.state, matter.outcome) == (MatterState.ARCHIVED, MatterOutcome.AGREED)
    assert matter.case_no == "(2020)皖9922民诉前调318号"
    log = await read(demo, matter_events.events_of, MATTER_6)
    assert (local_date(log[0].at), local_date(log[-1].at)) == (date(2020, 2, 26), date(2020, 3, 20))
    assert all(each.delivered_at for each in await read(demo, outbox.messages_of, MATTER_6))


async def test_everybody_has_a_number_and_an_address_that_pass_the_checks_of_the_forms(demo):
    for matter in MATTERS:
        for party in await read(demo, matters.parties_of, matter):
            if party.kind == "natural":
                assert identity(IdentityKind(party.id_kind), party.id_number, today=date(2026, 11, 23)).number
            else:
                assert credit_code(party.id_number) == party.id_number
            assert mobile(party.phone) == party.phone
            assert address(party.address)
            assert party.user_id in cast.ACCOUNTS


async def test_six_messages_have_gone_out_before_the_first_day(demo):
    for _ in range(2):
        await sent_before(demo.ctx)
    sent = await read(demo, notices.latest, 100)
    assert [each.channel for each in sent].count(Channel.SMS) == 5
    assert len(sent) == 6
    assert not any("/join/" in each.body for each in sent)


SECRETS = {"users": {"password_hash"}}
OF_NOW = ("sessions", "session_events")  # the sitting in ten minutes is of the hour of the start, not of the day


async def rows(ctx):
    async with ctx.db.reading() as tx:
        tables = (await tx.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")).all()
        found = {}
        for (name,) in tables:
            told = (await tx.exec_driver_sql(f"SELECT * FROM {name}")).mappings().all()
            found[name] = [{key: each[key] for key in each if key not in SECRETS.get(name, ())} for each in told]
        return found


async def test_a_day_that_is_chosen_gives_the_same_demo_down_to_the_ids(ctx, tmp_path):
    day = date(2026, 11, 28)
    await seed(ctx, day)
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/again.db")
    await database.open()
    try:
        later = FakeClock(ctx.clock.now())
        again = replace(ctx, db=database, clock=later)
        await seed(again, day)
        first, second = await rows(ctx), await rows(again)
        assert first == second
    finally:
        await database.close()


async def test_at_another_hour_only_the_sitting_in_ten_minutes_is_another(ctx, tmp_path):
    day = date(2026, 11, 28)
    await seed(ctx, day)
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/later.db")
    await database.open()
    try:
        later = replace(ctx, db=database, clock=FakeClock(ctx.clock.now() + timedelta(hours=3, minutes=7)))
        await seed(later, day)
        first, second = await rows(ctx), await rows(later)
    finally:
        await database.close()
    different = {name for name in first if first[name] != second[name]}
    assert different == set(OF_NOW)
    for name, key in (("sessions", "id"), ("session_events", "session_id")):
        others = [[each for each in found[name] if each[key] != SESSION_1] for found in (first, second)]
        assert others[0] == others[1]


async def test_the_evidence_of_matter_1_is_handed_in_and_the_slips_are_passed_on(demo, tmp_path):
    ctx = replace(demo.ctx, settings=demo.ctx.settings.model_copy(update={"data_dir": tmp_path / "stacks"}))
    for _ in range(2):
        await handed_in_before(ctx)
    items = await read(demo, materials.materials_of, MATTER_1)
    assert {each.title: each.state for each in items} == {
        "银行电子回单两份": MaterialState.RELAYED,
        "聊天记录截图六张": MaterialState.SUBMITTED,
    }
    assert [len(await read(demo, materials.files_of, each.id)) for each in items] == [2, 6]
    assert await log_findings(demo.ctx.db, MATTER_1) == []
