import pytest

from mediation_server.domain.ids import new_id
from mediation_server.domain.log import EventKind
from mediation_server.errors import BadInput, Conflict, TooLarge
from mediation_server.services import attending, chatting, presiding
from tests.room_world import room_world


@pytest.fixture
async def world(tmp_path):
    async with room_world(tmp_path) as made:
        yield made


async def test_a_line_reaches_everybody_in_the_room_and_the_log(world):
    await world.live()
    await world.sit("lin", language="en")
    line_id = await world.do(chatting.write, "zhou", "同意分期\u202e")
    assert [line["text"] for line in world.told("mediator", "chat")] == ["同意分期"]
    [line] = world.told("lin", "chat")
    assert (line["id"], line["name"], line["side"], line["place"]) == (line_id, "Zhou Cheng'an", "applicant", "main")
    [event] = [each for each in await world.log() if each.kind is EventKind.CHAT_SENT]
    assert event.payload == {"participant": world.ids["zhou"], "message_id": line_id, "text": "同意分期"}


async def test_what_was_said_before_one_came_is_not_told_again(world):
    await world.admitted("zhou")
    await world.do(chatting.write, "zhou", "开始之前")
    await world.sit("lin")
    assert (await world.sit("lin")).chat == []
    await world.do(presiding.admit, "mediator", None)
    await world.do(chatting.write, "zhou", "现在")
    assert [line["text"] for line in (await world.sit("lin")).chat] == ["现在"]
    assert [line["text"] for line in (await world.sit("mediator")).chat] == ["开始之前", "现在"]


async def test_history_survives_a_restart_and_stays_closed_to_the_lobby(world):
    await world.live()
    await world.do(chatting.write, "zhou", "同意")
    await world.restart()
    assert [line["text"] for line in (await world.sit("lin")).chat] == ["同意"]
    await world.sit("mediator")
    await world.do(presiding.to_lobby, "mediator", world.ids["lin"])
    assert (await world.sit("lin")).chat == []


async def test_nobody_writes_from_the_lobby(world):
    await world.sit("mediator")
    await world.sit("zhou")
    with pytest.raises(Conflict, match="not_in_room"):
        await world.do(chatting.write, "zhou", "让我进来")


@pytest.mark.parametrize(("text", "refusal"), [("", BadInput), (" \n\u2066 ", BadInput), ("好" * 4001, TooLarge)])
async def test_an_empty_or_endless_line_is_refused_and_nothing_is_written(world, text, refusal):
    await world.live()
    log = await world.log()
    with pytest.raises(refusal):
        await world.do(chatting.write, "zhou", text)
    assert await world.log() == log


async def test_whoever_left_reads_nothing_more(world):
    await world.live()
    await world.do(attending.leave, "lin")
    await world.do(chatting.write, "zhou", "他走了")
    assert world.told("lin", "chat") == []


async def test_a_line_said_again_after_a_break_or_a_restart_is_written_once(world):
    await world.live()
    line = new_id()
    assert await world.do(chatting.write, "zhou", "同意分期", line=line) == line
    assert await world.do(chatting.write, "zhou", "同意分期", line=line) == line
    assert [each["id"] for each in world.told("lin", "chat")] == [line]
    await world.restart()
    await world.sit("zhou")
    assert await world.do(chatting.write, "zhou", "同意分期", line=line) == line
    assert len([each for each in await world.log() if each.kind is EventKind.CHAT_SENT]) == 1


async def test_nobody_takes_the_id_of_anothers_line(world):
    await world.live()
    line = await world.do(chatting.write, "zhou", "同意分期")
    with pytest.raises(BadInput):
        await world.do(chatting.write, "lin", "不同意", line=line)
    assert [each["text"] for each in world.told("mediator", "chat")] == ["同意分期"]
