"""What runs out is acted on once: on its day, after a week without anybody, after a crash, by two processes at once."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from mediation_server.domain.calendar import local_date
from mediation_server.domain.ids import fixed_id
from mediation_server.domain.letter import LetterKind
from mediation_server.domain.lifecycle import Actor, Capacity, Command
from mediation_server.domain.matter import Matter, MatterOutcome, Track
from mediation_server.domain.matter_log import MatterEventKind
from mediation_server.domain.session import Session, SessionKind, SessionState
from mediation_server.services import sweeping
from mediation_server.services.notifying import MockNotifier, sent_lately
from mediation_server.services.posting import deliver
from mediation_server.services.procedure import act_on_matter, log_findings, open_matter
from mediation_server.services.scheduling import named_for
from mediation_server.services.sweeping import Sweeper, look_at
from mediation_server.store import audit, clock_looks, letters, matter_events, matters, notice_queue, sessions
from mediation_server.store.database import Database
from tests.court_world import eventually
from tests.mediation_server.services.test_procedure import (
    APPLICANT,
    COURT,
    DIVERSION,
    FILING,
    MATTER,
    MEDIATOR,
    PARTIES,
    RESPONDENT,
    ZHENG,
    C,
    Desk,
    S,
)

K = MatterEventKind
DAY = 86_400


async def sweep(ctx):
    """A whole round: what the clocks want, then what there is to tell."""
    swept = await sweeping.sweep(ctx)
    await deliver(ctx)
    return swept


@pytest.fixture
async def desk(ctx, db, clock):
    """A matter of the Monday 23 November 2026, mediated from that day on in seven days: until Monday the thirtieth."""
    opened = await Desk(ctx, db, clock).opened()
    await opened.mediating()
    return opened


async def kinds(desk):
    return [each.kind for each in await desk.read(matter_events.events_of, MATTER)]


async def told(desk):
    """Who was told what, oldest first."""
    return [(each.recipient[-2:], each.body) for each in reversed(await sent_lately(desk.db))]


async def days_later(desk, days):
    desk.clock.advance(seconds=days * DAY)
    return await sweep(desk.ctx)


async def test_nothing_is_done_before_its_day(desk):
    assert (await desk.read(clock_looks.look_of, MATTER)) == date(2026, 11, 27)
    assert (await days_later(desk, 3)).looked == 0
    assert await told(desk) == []


async def test_the_row_says_what_runs_out_next_and_when_to_look(desk):
    row = await desk.read(matters.matter, MATTER)
    assert (row.next_clock, row.next_due, row.period_end) == ("T05", date(2026, 11, 30), date(2026, 11, 30))
    await desk.do(C.FORCE_MAJEURE, MEDIATOR, reason="暴雨")
    row = await desk.read(matters.matter, MATTER)
    assert (row.next_clock, row.next_due, await desk.read(clock_looks.look_of, MATTER)) == (None, None, None)
    assert (await days_later(desk, 400)).looked == 0
    await desk.do(C.RESUME, MEDIATOR)
    assert await desk.read(clock_looks.look_of, MATTER) == date(2028, 1, 1)  # three days before the last
    assert await log_findings(desk.db, MATTER) == []


async def test_reminders_are_sent_once_to_each_party_then_the_period_ends_the_mediation(desk):
    for _ in range(8):
        await days_later(desk, 1)
        await sweep(desk.ctx)
    words = [body.split("号")[-1] for _, body in await told(desk)]
    reminder = "调解期限11月30日届满。愿意继续的，请在届满前登录同意延长。"
    assert words == [reminder] * 4
    assert sorted(whom for whom, _ in await told(desk)) == ["11"] * 2 + ["12"] * 2
    ended = [each for each in await desk.read(letters.letters_of, MATTER) if each.kind is LetterKind.ENDED]
    assert len(ended) == 2
    assert (await kinds(desk))[-4:] == [K.REMINDED, K.REMINDED, K.CLOCK_EXPIRED, K.CONCLUDED]
    assert (await desk.read(matters.matter, MATTER)).outcome is MatterOutcome.FAILED
    assert await log_findings(desk.db, MATTER) == []


async def test_messages_name_no_person_and_no_amount(desk):
    await days_later(desk, 4)
    for _, body in await told(desk):
        assert body.startswith("【江岚市云溪区人民法院】(2026)皖9901民初2101号调解期限")
        assert not any(word in body for word in ("周承安", "林若溪", "郑思远", "元", "借贷"))


async def test_after_a_week_without_anybody_what_ran_out_is_acted_on_once(desk):
    swept = await days_later(desk, 20)
    assert (swept.looked, swept.acted, swept.failed) == (1, 1, 0)
    assert (await kinds(desk))[-2:] == [K.CLOCK_EXPIRED, K.CONCLUDED]
    assert (await sweep(desk.ctx)).looked == 0


async def test_after_days_without_anybody_only_the_last_reminder_is_sent(desk):
    assert (await days_later(desk, 6)).acted == 1
    assert (await kinds(desk)).count(K.REMINDED) == 1
    assert len(await told(desk)) == 2


async def test_a_mediator_who_says_nothing_for_three_working_days_is_passed_over(ctx, db, clock):
    desk = await Desk(ctx, db, clock).opened()
    await desk.agree(RESPONDENT)
    await desk.do(C.APPOINT, FILING, mediator=ZHENG.id)
    assert (await days_later(desk, 3)).acted == 0
    await days_later(desk, 1)
    row = await desk.read(matters.matter, MATTER)
    assert (row.state, row.mediator_id) == (S.APPOINTING, None)
    assert (row.next_clock, row.next_due) == ("T01", date(2026, 12, 1))
    await days_later(desk, 5)  # the parties have not chosen, nor has the court appointed in time
    row = await desk.read(matters.matter, MATTER)
    log = await desk.read(matter_events.events_of, MATTER)
    assert [each.payload["clock"] for each in log if each.kind is K.CLOCK_EXPIRED] == ["T03", "T01"]
    assert (row.next_clock, row.next_due) == ("T02", date(2026, 12, 2))


async def test_two_processes_that_sweep_at_once_act_once(desk, tmp_path):
    other = Database(f"sqlite+aiosqlite:///{tmp_path}/data/mediation.db")
    await other.open()
    try:
        desk.clock.advance(seconds=4 * DAY)
        second = replace(desk.ctx, db=other, notifier=MockNotifier(other))
        swept = await asyncio.gather(sweep(desk.ctx), sweep(second), sweep(desk.ctx), sweep(second))
    finally:
        await other.close()
    assert (sum(each.acted for each in swept), sum(each.failed for each in swept)) == (1, 0)
    assert (await kinds(desk)).count(K.REMINDED) == 1
    assert len(await told(desk)) == 2


class Broken:
    """A gateway that is away, after it has taken so many."""

    def __init__(self, after, notifier):
        self.after, self.notifier = after, notifier

    async def send(self, notice):
        if not self.after:
            raise OSError("gateway")
        self.after -= 1
        await self.notifier.send(notice)


async def test_a_message_whose_gateway_is_away_waits_and_is_sent_once(desk):
    away = replace(desk.ctx, notifier=Broken(1, desk.ctx.notifier))
    desk.clock.advance(seconds=4 * DAY)
    await sweep(away)
    assert (len(await told(desk)), len(await desk.read(notice_queue.oldest))) == (1, 1)
    assert await deliver(desk.ctx) == 1
    assert (len(await told(desk)), await desk.read(notice_queue.oldest)) == (2, [])


async def test_a_message_that_was_sent_before_the_crash_is_not_seen_twice(desk):
    desk.clock.advance(seconds=4 * DAY)
    await look_at(desk.ctx, [MATTER])
    waiting = await desk.read(notice_queue.oldest)
    await desk.ctx.notifier.send(waiting[0])  # and then the process was gone
    await deliver(desk.ctx)
    assert len(await told(desk)) == 2


async def test_a_step_that_fails_half_way_leaves_nothing_and_the_next_sweep_does_it(desk):
    desk.clock.advance(seconds=4 * DAY)
    before = await desk.everything()
    async with desk.db.transaction() as tx:
        await tx.exec_driver_sql(
            "CREATE TRIGGER full_disk BEFORE INSERT ON notice_queue BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    swept = await sweep(desk.ctx)
    assert (swept.looked, swept.acted, swept.failed) == (1, 0, 1)
    assert await desk.everything() == before
    async with desk.db.transaction() as tx:
        await tx.exec_driver_sql("DROP TRIGGER full_disk")
    assert (await sweep(desk.ctx)).acted == 1


async def test_a_sitting_that_goes_on_over_the_end_may_finish_and_sign_that_day(desk):
    start = desk.clock.now() + timedelta(days=7, hours=9, minutes=30)  # 23:30 on the last day
    sitting = Session(fixed_id("late"), MATTER, SessionKind.MEDIATION, SessionState.LIVE, start, 60, ZHENG.id, start)
    async with desk.db.transaction() as tx:
        await sessions.add(tx, sitting, [])
    desk.clock.advance(seconds=7 * DAY, hours=10.2)
    assert local_date(desk.clock.now()) == date(2026, 12, 1)
    await sweep(desk.ctx)
    await sweep(desk.ctx)
    assert (await kinds(desk)).count(K.GRACED) == 1
    await desk.do(C.CIRCULATE, MEDIATOR, agreement="v", version=1, sha256="11")
    async with desk.db.transaction() as tx:
        await sessions.save(tx, replace(sitting, state=SessionState.ENDED, ended_at=desk.clock.now()))
    desk.clock.advance(hours=20)
    await sweep(desk.ctx)
    signed = {"agreement": "v", "sha256": "11", "method": "sms_otp"}
    await desk.do(C.SIGN, APPLICANT, party=APPLICANT.party, **signed)
    assert (await desk.read(matters.matter, MATTER)).state is S.SIGNING
    await days_later(desk, 1)
    assert (await desk.read(matters.matter, MATTER)).outcome is MatterOutcome.FAILED


async def test_a_matter_from_before_the_clocks_is_counted_by_the_first_sweep(desk):
    async with desk.db.transaction() as tx:
        await clock_looks.put(tx, MATTER, date(2000, 1, 1))
        await matters.save(tx, replace(await matters.matter(tx, MATTER), next_clock=None, next_due=None))
    swept = await sweep(desk.ctx)
    assert (swept.looked, swept.acted) == (1, 0)
    assert await log_findings(desk.db, MATTER) == []


async def test_when_the_holidays_of_a_year_become_known_every_last_day_is_counted_anew(desk):
    async with desk.db.transaction() as tx:
        await clock_looks.wake_all(tx)
    swept = await sweep(desk.ctx)
    assert (swept.looked, swept.acted, await desk.read(clock_looks.look_of, MATTER)) == (1, 0, date(2026, 11, 27))


async def test_every_matter_is_looked_at_once_however_few_go_at_a_time(demo, monkeypatch):
    monkeypatch.setattr(sweeping, "_BATCH", 2)
    async with demo.ctx.db.transaction() as tx:
        await clock_looks.wake_all(tx)
        waiting = len(await clock_looks.due(tx, local_date(demo.ctx.clock.now())))
    assert waiting > 3
    swept = await sweep(demo.ctx)
    assert (swept.looked, swept.failed) == (waiting, 0)
    assert (await sweep(demo.ctx)).looked == 0


async def mediated(ctx, clock, name):
    """One more matter whose mediation runs, with a sitting to come after it is over."""
    matter_id, zhou, lin = (fixed_id(f"{name} {who}") for who in ("matter", "zhou", "lin"))
    parties = [replace(each, id=ident, matter_id=matter_id) for each, ident in zip(PARTIES, (zhou, lin), strict=True)]
    row = Matter(
        id=matter_id,
        ref=f"TJ-{name}",
        track=Track.POSTFILING_ENTRUSTED,
        state=S.DRAFT,
        court="江岚市云溪区人民法院",
        court_en="",
        cause="民间借贷纠纷",
        cause_en="",
        mediator_id=None,
        created_at=clock.now(),
    )
    diverted = {**DIVERSION, "consents": [zhou]}
    await open_matter(ctx, COURT, row, parties, Command(C.COURT_DIVERT, diverted))
    yes = {"party": lin, "item": "c1", "text_version": "1", "answer": True, "given_by": "self", "channel": "web"}
    await act_on_matter(ctx, Actor(lin, Capacity.RESPONDENT, lin), matter_id, Command(C.CONSENT, yes))
    await act_on_matter(ctx, FILING, matter_id, Command(C.APPOINT, {"mediator": ZHENG.id}))
    await act_on_matter(ctx, MEDIATOR, matter_id, Command(C.ACCEPT, {"relations": []}))
    at = clock.now() + timedelta(days=30)
    sitting = Session(fixed_id(f"{name} s"), matter_id, SessionKind.MEDIATION, SessionState.SCHEDULED, at, 60, ZHENG.id)
    async with ctx.db.transaction() as tx:
        await sessions.add(tx, sitting, named_for(sitting, ZHENG, parties))
    return matter_id


async def test_a_sweep_asks_the_database_as_often_for_many_matters_as_for_one(desk):
    ctx, clock, asked, times = desk.ctx, desk.clock, [], []
    await days_later(desk, 20)
    event.listen(ctx.db._engine.sync_engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    for many in (1, 12):
        ids = [await mediated(ctx, clock, f"{many}-{number}") for number in range(many)]
        clock.advance(seconds=10 * DAY)
        asked.clear()
        swept = await sweeping.sweep(ctx)
        times.append(len(asked))
        assert (swept.looked, swept.acted, swept.failed) == (many, many, 0)
        for each in ids:
            assert (await desk.read(matters.matter, each)).state is S.CONCLUDED
            assert {one.state for one in await desk.read(sessions.sessions_of, each)} == {SessionState.CANCELLED}
            assert await log_findings(ctx.db, each) == []
    assert times[1] == times[0]
    assert await desk.read(audit.first_break) is None


async def test_the_sweeper_catches_up_when_it_starts_and_outlives_a_bad_round(desk):
    desk.clock.advance(seconds=4 * DAY)
    away = Broken(0, desk.ctx.notifier)
    async with Sweeper(replace(desk.ctx, notifier=away), period_s=0.01).running():
        await eventually(lambda: was_reminded(desk), "the reminder")
        away.after = 99
        await eventually(lambda: was_told(desk), "what both are told")
    assert len(await told(desk)) == 2
    assert (await kinds(desk)).count(K.REMINDED) == 1


async def test_a_wall_clock_that_jumps_ends_nothing_before_it_could_be_put_right(desk):
    sweeper = Sweeper(desk.ctx)
    assert (await sweeper.round()).looked == 0
    right = desk.clock._start
    desk.clock._start += timedelta(days=30)
    desk.clock.advance(seconds=60)
    with capture_logs() as said:
        assert await sweeper.round() is None
    assert [(each["event"], each["seconds"]) for each in said] == [("wall_clock_jumped", 30 * DAY)]
    desk.clock._start = right
    desk.clock.advance(seconds=60)
    assert await sweeper.round() is None
    desk.clock.advance(seconds=660)
    assert (await sweeper.round()).looked == 0
    assert K.CONCLUDED not in await kinds(desk)
    desk.clock._start += timedelta(days=30)  # a machine that slept: the days are gone
    assert await sweeper.round() is None
    desk.clock.advance(seconds=660)
    assert (await sweeper.round()).acted == 1


async def was_reminded(desk):
    return K.REMINDED in await kinds(desk)


async def was_told(desk):
    return len(await told(desk)) == 2
