"""What a room tells its recorder besides packets: who could receive whom, whose gap it is, how far the log is."""

import pytest

from mediation_server.domain.people import Side
from mediation_server.services import caucusing, suspending
from tests.room_world import room_world

CAST = ("mediator", "zhou", "agent", "lin")


@pytest.fixture
async def world(tmp_path):
    async with room_world(tmp_path, cast=CAST) as made:
        await made.live("zhou", "agent", "lin")
        yield made


def heard(world):
    """The ledger as the recorder has it last, in names."""
    last = world.recorders[-1].ledger[-1]
    return {world.name(who): {world.name(each) for each in receivers} for who, receivers in last.items()}


async def test_the_recorder_keeps_who_could_receive_whom_also_where_it_receives_nothing(world):
    everybody = set(CAST) | {"recorder"}
    assert heard(world) == {who: everybody - {who} for who in CAST}
    await world.do(caucusing.open_caucus, "mediator", Side.APPLICANT, 20)
    private = {"mediator", "zhou", "agent"}
    assert heard(world) == {who: private - {who} for who in private}
    await world.do(suspending.suspend, "mediator", "休息")
    assert heard(world) == {}


async def test_what_is_noted_is_what_the_engine_was_told(world):
    await world.do(caucusing.open_caucus, "mediator", Side.RESPONDENT, 20)
    _, audience = world.engine.fences[-1]
    told = {who: sorted(receivers) for who, receivers in audience.items() if receivers}
    assert world.recorders[-1].ledger[-1] == told


async def test_a_gap_names_who_brought_it_about_and_carries_no_free_text(world):
    await world.do(caucusing.open_caucus, "mediator", Side.APPLICANT, 20)
    await world.do(caucusing.close_caucus, "mediator")
    await world.do(suspending.suspend, "mediator", "当事人身体不适")
    presider = world.ids["mediator"]
    assert world.recorders[-1].causes == [("caucus", presider, ""), ("suspended", presider, "")]


async def test_the_recorder_knows_how_far_the_log_is(world):
    await world.do(caucusing.open_caucus, "mediator", Side.APPLICANT, 20)
    last = (await world.log())[-1]
    assert world.recorders[-1].head == (last.seq, last.hash)
