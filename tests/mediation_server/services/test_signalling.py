import json
from dataclasses import replace

import pytest

from mediation_server.domain.log import EventKind
from mediation_server.domain.people import Role, Side
from mediation_server.domain.signals import Signal
from mediation_server.domain.users import User
from mediation_server.errors import Conflict, Refused
from mediation_server.rooms.state import Place
from mediation_server.services import attending, caucusing, presiding, signalling, suspending
from mediation_server.services.help_calls import calling
from mediation_server.store import matters, notice_queue, users
from tests.room_world import room_world

CAST = ("mediator", "zhou", "agent", "lin", "wu", "he")


@pytest.fixture
async def world(tmp_path):
    """The mediator is in caucus with the applicant's side; the respondent, a third party and a second mediator wait."""
    async with room_world(tmp_path, cast=CAST) as made:
        await made.live("zhou", "agent", "lin", "wu", "he")
        await made.do(caucusing.open_caucus, "mediator", Side.APPLICANT, 20)
        yield made


async def give(world, name, signal=Signal.READY, *, up=True):
    await world.do(signalling.signal, name, signal, up=up)


async def see(world, name="mediator", *, whose="lin", signal=Signal.READY):
    at = world.seat(whose).signals[signal].at
    await world.do(signalling.see, name, world.ids[whose], (signal, at))


def signals_in(view):
    return {each["name"]: [one["signal"] for one in each["signals"]] for each in view["people"] if each["signals"]}


def latest(world, name):
    return world.told(name, "room")[-1]


async def logged(world, *kinds):
    return [event for event in await world.log() if event.kind in kinds]


async def test_a_signal_reaches_the_mediator_and_its_giver_and_nobody_else(world):
    others = ("zhou", "agent", "wu", "he")
    before = {name: len(world.told(name)) for name in others}
    await give(world, "lin", Signal.UNSAFE)
    assert signals_in(latest(world, "mediator")) == {"林若溪": ["unsafe"]}
    assert signals_in(latest(world, "lin")) == {"林若溪": ["unsafe"]}
    await see(world, signal=Signal.UNSAFE)
    await give(world, "lin", Signal.UNSAFE, up=False)
    assert signals_in(latest(world, "mediator")) == signals_in(latest(world, "lin")) == {}
    for name in others:
        assert world.told(name)[before[name] :] == []


async def test_a_waiting_ally_is_not_told_either(tmp_path):
    async with room_world(tmp_path, cast=CAST) as world:
        await world.live("zhou", "agent", "lin")
        await world.do(caucusing.open_caucus, "mediator", Side.RESPONDENT, 20)
        before = len(world.told("agent"))
        await give(world, "zhou", Signal.UNSAFE)
        assert world.told("agent")[before:] == []
        assert signals_in((await world.sit("agent")).view) == {}


async def test_the_giver_learns_when_it_was_seen_once(world):
    await give(world, "lin")
    given_at = world.seat("lin").signals[Signal.READY].at
    world.clock.advance(seconds=30)
    await see(world)
    world.clock.advance(seconds=30)
    await see(world)
    [mine] = next(each for each in latest(world, "lin")["people"] if each["you"])["signals"]
    assert (mine["at"], mine["seen_at"]) == (given_at, world.seat("lin").signals[Signal.READY].seen_at)
    assert len(await logged(world, EventKind.SIGNAL_SEEN)) == 1


async def test_each_signal_stands_by_itself_and_twice_is_once(world):
    for signal in (Signal.READY, Signal.BREAK, Signal.READY):
        await give(world, "lin", signal)
    assert signals_in(latest(world, "mediator")) == {"林若溪": ["ready", "break"]}
    assert len(await logged(world, EventKind.SIGNALLED)) == 2
    await give(world, "lin", Signal.LAWYER, up=False)
    assert len(await logged(world, EventKind.SIGNALLED)) == 2


async def test_one_that_was_taken_back_is_not_seen_any_more(world):
    await give(world, "lin")
    old = world.seat("lin").signals[Signal.READY].at
    await give(world, "lin", up=False)
    world.clock.advance(seconds=1)
    await give(world, "lin")
    await world.do(signalling.see, "mediator", world.ids["lin"], (Signal.READY, old))
    assert world.seat("lin").signals[Signal.READY].seen_at is None


@pytest.mark.parametrize("name", ["zhou", "mediator", "he"])
async def test_only_a_party_that_waits_gives_signals(world, name):
    with pytest.raises((Conflict, Refused), match=r"not_waiting|not_permitted"):
        await give(world, name)
    assert await logged(world, EventKind.SIGNALLED) == []


async def test_nobody_but_the_presider_says_that_it_was_seen(world):
    await give(world, "lin")
    for name in ("zhou", "he", "wu"):
        with pytest.raises(Refused, match="not_permitted"):
            await see(world, name)


async def test_a_reload_a_lost_line_and_a_restart_keep_what_was_signalled(world):
    await give(world, "lin")
    assert signals_in((await world.sit("lin")).view) == {"林若溪": ["ready"]}
    await world.lose("lin")
    assert signals_in(latest(world, "mediator")) == {"林若溪": ["ready"]}
    await world.restart()
    assert signals_in((await world.sit("mediator")).view) == {"林若溪": ["ready"]}
    assert signals_in((await world.sit("lin")).view) == {"林若溪": ["ready"]}


async def _close(world):
    await world.do(caucusing.close_caucus, "mediator")


async def _suspend(world):
    await world.do(suspending.suspend, "mediator", "休息")


async def _lobby(world):
    await world.do(presiding.to_lobby, "mediator", world.ids["lin"])


async def _leave(world):
    await world.do(attending.leave, "lin")


@pytest.mark.parametrize("move", [_close, _suspend, _lobby, _leave])
async def test_signals_go_with_the_wait(world, move):
    await give(world, "lin")
    await move(world)
    assert not world.seat("lin").signals
    assert world.seat("lin").place is not Place.WAITING
    assert signals_in(latest(world, "mediator")) == {}


async def test_the_log_keeps_them_under_the_caucus_they_belong_to(world):
    caucus = world.state.caucus_id
    await give(world, "lin", Signal.UNSAFE)
    await see(world, signal=Signal.UNSAFE)
    await world.do(caucusing.extend_promise, "mediator", 5)
    kept = await logged(world, EventKind.SIGNALLED, EventKind.SIGNAL_SEEN, EventKind.PROMISE_CHANGED)
    assert [event.payload["caucus"] for event in kept] == [caucus] * 3


async def test_who_waits_sees_with_whom_they_were_and_nothing_of_the_others(world):
    ledger = latest(world, "lin")["ledger"]
    assert [each["place"] for each in ledger][-2:] == ["main", "waiting"]
    assert set(ledger[-2]["people"]) == {"郑思远", "周承安", "唐敏", "吴大勇", "何秀兰"}
    assert ledger[-2]["until"] == ledger[-1]["since"] == latest(world, "lin")["caucus"]["since"]
    assert (ledger[-1]["people"], ledger[-1]["until"]) == ([], None)
    assert latest(world, "zhou")["ledger"] == []
    world.clock.advance(seconds=60)
    await world.do(caucusing.close_caucus, "mediator")
    await world.do(caucusing.open_caucus, "mediator", Side.RESPONDENT, 5)
    mine = latest(world, "zhou")["ledger"]
    assert [each["place"] for each in mine][-2:] == ["caucus", "waiting"]
    assert set(mine[-2]["people"]) == {"郑思远", "唐敏"}
    assert "林若溪" not in json.dumps(mine[-2:], ensure_ascii=False)


async def test_whoever_feels_unsafe_is_heard_outside_the_room_too_once_and_without_a_name(world):
    async with world.ctx.db.reading() as tx:
        matter = await matters.matter(tx, (await world.session()).matter_id)
    near = User("clerk", "clerk", "田甜", "Tian Tian", Role.CLERK, phone="16100000051", court=matter.court)
    far = replace(near, id="far", login="far", phone="16100000059", court="另一法院")
    async with world.ctx.db.transaction() as tx:
        for each in (near, far):
            await users.add_without_password(tx, each, world.clock.now())
    for up in (True, True, False):
        await give(world, "lin", Signal.UNSAFE, up=up)
    await give(world, "lin", Signal.BREAK)
    async with world.ctx.db.reading() as tx:
        sent = await notice_queue.oldest(tx)
    assert [each.recipient for each in sent] == [near.phone]
    assert "不安全" in sent[0].body
    assert not any(name in sent[0].body for name in ("林若溪", "周承安", "被申请人"))


async def test_the_sitting_is_shown_to_those_outside_until_it_is_taken_back(world):
    matter_id = (await world.session()).matter_id
    assert calling(world.ctx) == {}
    await give(world, "lin", Signal.UNSAFE)
    assert calling(world.ctx) == {world.session_id: matter_id}
    await give(world, "lin", Signal.UNSAFE, up=False)
    assert calling(world.ctx) == {}
