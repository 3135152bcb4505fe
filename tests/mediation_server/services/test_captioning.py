"""Captions in a room: who reads them, what the record gets, and that words of a caucus are nowhere but inside it."""

import logging

import pytest

from mediation_server.domain.people import Side
from mediation_server.errors import NotFound
from mediation_server.rooms.captions_port import Caption, Captioning
from mediation_server.rooms.state import Place
from mediation_server.rooms.visibility import ear_in
from mediation_server.services import attending, captioning, caucusing, presiding, suspending
from mediation_server.services.safekeeping import set_safety
from tests.doubles import FakeCaptioner
from tests.room_world import CAST, MEDIATOR, MIC, room_world

NAMES = ("mediator", "zhou", "agent", "lin")
SECRET = "最多让到三万"
MS = 1_000_000


@pytest.fixture
async def world(tmp_path):
    maker = Captioning(FakeCaptioner, "zh")
    async with room_world(tmp_path, cast=NAMES) as it:
        it.ctx.rooms._captioning = maker
        await it.live("zhou", "agent", "lin")
        it.clock.advance(seconds=5)
        yield it


async def want(world, *names, on=True):
    for name in names:
        await captioning.want(world.room, world.ids[name], on=on)


def machine(world, place=Place.MAIN):
    """What listens in a place, if anything does."""
    return world.engine.rooms[world.session_id].ears.get(ear_in(place))


def listens_to(world, place=Place.MAIN):
    audience = world.engine.rooms[world.session_id].audience
    return {world.name(who) for who, receivers in audience.items() if ear_in(place) in receivers}


async def understood(world, name, text, *, by=None, ago_ms=(1000, 200), final=True):
    """A machine (that of the joint room) comes up with words for what somebody said so long ago."""
    now = world.clock.monotonic_ms()
    since, until = ((now - each) * MS for each in ago_ms)
    await (by or machine(world)).take(Caption(world.ids[name], 1, text, final, since, until))


def readers(world, text):
    return {name for name in world.connections if any(each["text"] == text for each in world.told(name, "caption"))}


def kept(world):
    return [text for recorder in world.recorders for _, _, _, text in recorder.captions]


async def nowhere(world, text, caplog):
    """Not in the log of the sitting, of the process, in any file, in a recording, or told to anybody who asks anew."""
    assert text not in repr([each.payload for each in await world.log()])
    assert text not in caplog.text
    assert text not in repr([recorder.captions for recorder in world.recorders])
    files = [each for each in world.directory.rglob("*") if each.is_file()]
    assert files
    assert not [each.name for each in files if text.encode() in each.read_bytes()]
    for name in tuple(world.connections):
        welcome = await world.sit(name)
        assert text not in repr((welcome, world.told(name)))


async def test_whoever_wants_captions_and_hears_the_voice_reads_them_and_the_record_has_them(world):
    await want(world, "mediator", "lin")
    await understood(world, "zhou", "我同意分期")
    expected = {"participant": world.ids["zhou"], "line": 1, "text": "我同意分期", "final": True, "language": "zh"}
    assert world.told("lin", "caption") == world.told("mediator", "caption") == [expected]
    assert readers(world, "我同意分期") == {"mediator", "lin"}
    [(who, since, until, text)] = world.recorders[-1].captions
    assert (who, text, until - since) == (world.ids["zhou"], "我同意分期", 800)
    assert 0 < until <= world.room.offset_ms


async def test_a_caption_is_kept_once_it_is_final_and_whether_or_not_anybody_reads_it(world):
    await understood(world, "zhou", "我同", final=False)
    assert kept(world) == []
    await understood(world, "zhou", "我同意")
    assert kept(world) == ["我同意"]
    assert readers(world, "我同意") == set()


async def test_whoever_switches_them_off_or_comes_back_reads_none_until_they_ask(world):
    await want(world, "lin")
    assert world.room.view(world.ids["lin"])["captions"] == {"language": "zh", "on": True}
    await want(world, "lin", on=False)
    await understood(world, "zhou", "一")
    await want(world, "lin")
    await world.sit("lin")
    assert world.room.view(world.ids["lin"])["captions"] == {"language": "zh", "on": False}
    await understood(world, "zhou", "二")
    assert readers(world, "一") | readers(world, "二") == set()


async def test_a_machine_listens_in_a_caucus_only_when_somebody_in_it_reads_and_everybody_is_told_so(world):
    assert listens_to(world) == set(NAMES)
    await world.do(caucusing.open_caucus, "mediator", Side.APPLICANT, 20)
    assert listens_to(world) == listens_to(world, Place.CAUCUS) == set()
    await want(world, "lin")
    assert listens_to(world, Place.CAUCUS) == set()
    assert [world.room.view(world.ids[name])["audience"]["captions"] for name in NAMES] == [False] * 4
    await want(world, "agent")
    assert listens_to(world, Place.CAUCUS) == {"mediator", "zhou"}
    assert [world.room.view(world.ids[name])["audience"]["captions"] for name in NAMES] == [True, True, False, False]


async def test_words_of_a_caucus_are_read_inside_it_and_are_nowhere_else(world, caplog):
    caplog.set_level(logging.DEBUG)
    await want(world, *NAMES)
    await world.do(caucusing.open_caucus, "mediator", Side.APPLICANT, 20)
    world.clock.advance(seconds=5)
    before = {name: len(world.told(name)) for name in ("lin",)}
    await understood(world, "zhou", SECRET, by=machine(world, Place.CAUCUS))
    assert readers(world, SECRET) == {"mediator", "zhou", "agent"}
    assert {name: len(world.told(name)) for name in before} == before
    await world.do(caucusing.close_caucus, "mediator")
    world.ears.heard.clear()
    await nowhere(world, SECRET, caplog)


async def test_what_listened_in_a_caucus_ends_with_it_and_is_not_believed_any_more(world, caplog):
    await want(world, *NAMES)
    await world.do(caucusing.open_caucus, "mediator", Side.APPLICANT, 20)
    inside = machine(world, Place.CAUCUS)
    assert inside is not machine(world)
    world.clock.advance(seconds=5)
    await world.do(caucusing.close_caucus, "mediator")
    assert inside.closed
    assert machine(world, Place.CAUCUS) is None
    assert not machine(world).closed
    await understood(world, "zhou", SECRET, by=inside)
    assert readers(world, SECRET) == set()
    await nowhere(world, SECRET, caplog)
    await world.do(caucusing.open_caucus, "mediator", Side.RESPONDENT, 20)
    assert machine(world, Place.CAUCUS) is not inside
    await want(world, *NAMES)
    world.clock.advance(seconds=5)
    await understood(world, "zhou", SECRET, by=inside)
    await nowhere(world, SECRET, caplog)


async def test_a_machine_that_lies_about_the_time_gets_nothing_of_a_caucus_out_of_it(world, caplog):
    await want(world, *NAMES)
    await world.do(caucusing.open_caucus, "mediator", Side.APPLICANT, 20)
    world.clock.advance(seconds=2)
    await understood(world, "zhou", SECRET, by=machine(world, Place.CAUCUS), ago_ms=(4000, 3500))
    assert readers(world, SECRET) <= {"mediator", "zhou", "agent"}
    world.ears.heard.clear()
    await nowhere(world, SECRET, caplog)


async def test_what_was_said_around_a_change_of_place_reaches_only_who_could_hear_it_all_the_while(world):
    await want(world, *NAMES)
    joint = machine(world)
    await world.do(caucusing.open_caucus, "mediator", Side.APPLICANT, 20)
    world.clock.advance(seconds=1)
    await understood(world, "zhou", "合议前的话", by=joint, ago_ms=(3000, 1500))
    assert readers(world, "合议前的话") <= {"mediator", "zhou", "agent"}
    assert kept(world) == ["合议前的话"]
    await understood(world, "zhou", "跨过去的话", by=joint, ago_ms=(3000, 500))
    assert kept(world) == ["合议前的话"]
    await world.do(caucusing.close_caucus, "mediator")
    await want(world, *NAMES)
    world.clock.advance(seconds=0.8)
    await understood(world, "zhou", "刚回来的话", ago_ms=(500, 100))
    assert "lin" not in readers(world, "刚回来的话")
    assert kept(world) == ["合议前的话"]
    world.clock.advance(seconds=2)
    await understood(world, "zhou", "回来以后的话", ago_ms=(500, 100))
    assert readers(world, "回来以后的话") == set(NAMES)
    assert kept(world) == ["合议前的话", "回来以后的话"]


async def test_whoever_comes_in_the_middle_of_a_sentence_does_not_read_its_beginning(world):
    await world.do(presiding.to_lobby, "mediator", world.ids["lin"])
    world.clock.advance(seconds=5)
    await world.do(presiding.admit, "mediator", [world.ids["lin"]])
    await want(world, "lin", "agent")
    world.clock.advance(seconds=1)
    await understood(world, "zhou", "前半句", ago_ms=(3000, 0))
    assert readers(world, "前半句") == {"agent"}


async def test_in_safety_mode_no_caption_of_one_side_reaches_the_other_and_no_name_does(world, caplog):
    await want(world, *NAMES)
    await set_safety(world.ctx, MEDIATOR, (await world.session()).matter_id, on=True)
    await world.do(attending.switch, "mediator", {MIC: True})
    assert world.state.safety
    world.ears.heard.clear()
    assert listens_to(world) == {"mediator"}
    await world.do(caucusing.open_caucus, "mediator", Side.APPLICANT, 20)
    await want(world, *NAMES)
    world.clock.advance(seconds=5)
    await understood(world, "zhou", SECRET, by=machine(world, Place.CAUCUS))
    assert readers(world, SECRET) == {"mediator", "zhou", "agent"}
    told = repr(world.told("lin"))
    assert world.ids["zhou"] not in told
    assert CAST["zhou"][2] not in told
    world.ears.heard.clear()
    await nowhere(world, SECRET, caplog)


async def test_nothing_is_understood_while_the_sitting_is_suspended(world):
    await want(world, *NAMES)
    await world.do(suspending.suspend, "mediator", "休息")
    assert listens_to(world) == set()
    world.clock.advance(seconds=3)
    await understood(world, "zhou", SECRET)
    assert readers(world, SECRET) == set()
    assert kept(world) == []


async def test_the_machine_is_no_receiver_in_the_ledger(world):
    await want(world, *NAMES)
    assert "captions" not in repr(world.recorders[-1].ledger)
    assert "captions" not in repr([each.payload for each in await world.log()])


async def test_what_a_machine_says_is_cut_and_cleaned(world):
    await want(world, "lin")
    await understood(world, "zhou", "好\u202e的\x07")
    await understood(world, "zhou", "\u202e")
    await understood(world, "zhou", "长" * 5000)
    assert [each["text"] for each in world.told("lin", "caption")] == ["好的"]


async def test_the_recorder_waits_for_the_last_words(world):
    joint, recorder = machine(world), world.recorders[-1]

    async def flush():
        await understood(world, "zhou", "再见", by=joint, ago_ms=(500, 100))

    joint.flush = flush
    await world.room.close()
    assert [text for *_, text in recorder.captions] == ["再见"]
    assert recorder.deeds[-1] == "finish"
    assert joint.closed


async def test_a_machine_that_fails_disturbs_nobody(world):
    await want(world, *NAMES)
    await world.do(caucusing.open_caucus, "mediator", Side.APPLICANT, 20)

    async def refuse():
        raise RuntimeError

    machine(world, Place.CAUCUS).close = refuse
    await world.do(caucusing.close_caucus, "mediator")
    await world.do(attending.switch, "zhou", {MIC: True})
    assert world.hears("zhou") == {"mediator", "agent", "lin", "recorder"}


async def test_without_a_machine_there_is_nothing_to_switch_on(tmp_path):
    async with room_world(tmp_path) as plain:
        await plain.live()
        assert plain.room.view(plain.ids["lin"])["captions"] is None
        with pytest.raises(NotFound, match="no_captions"):
            await captioning.want(plain.room, plain.ids["lin"], on=True)
