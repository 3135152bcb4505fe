"""What people send who mean no good, or whose page is broken: a stable code, and nothing else happens."""

import asyncio
import json

import pytest
from aiohttp import ClientSession, WSMsgType
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from socketio.exceptions import ConnectionError as NotConnected

from mediation_server.domain.ids import new_id
from signaling.limits import MAX_WAITING_BYTES, MAX_WAITING_PACKETS, Bucket, MeasuredQueue
from signaling.messages import MESSAGES
from signaling.wire import MALFORMED, StrictJson, StrictPacket
from tests.signaling.browsers import eventually

ID = new_id()
BAD = [
    ("no_such_event", {}, "unknown_event"),
    ("hello", {}, "bad_input"),
    ("hello", {"take_over": 1}, "bad_input"),
    ("chat", {"text": "x", "participant": ID}, "bad_input"),
    ("chat", {"text": None}, "bad_input"),
    ("chat", {"text": ""}, "text_empty"),
    ("chat", {"text": "x" * 4001}, "text_too_long"),
    ("chat", {"text": "x" * 16_001}, "too_large"),
    ("chat", ["text"], "bad_input"),
    ("chat", "text", "bad_input"),
    ("chat", {"text": "\ud800"}, "bad_input"),
    ("hand", {"up": "yes"}, "bad_input"),
    ("devices", {"microphone": True, "role": "mediator"}, "bad_input"),
    ("admit", {"participants": []}, "bad_input"),
    ("admit", {"participants": ["' OR 1=1"]}, "bad_input"),
    ("admit", {"participants": [ID] * 51}, "too_large"),
    ("verify", {"participant": ID, "verified": True}, "not_permitted"),
    ("mute", {"participant": ID, "source": "soul", "locked": True}, "bad_input"),
    ("open_caucus", {"side": "neutral", "minutes": 5}, "bad_input"),
    ("open_caucus", {"side": "applicant", "minutes": 46}, "bad_input"),
    ("open_caucus", {"side": "applicant", "minutes": 10**30}, "bad_input"),
    ("publish", {"sdp": "x" * 65_537, "sources": {}}, "too_large"),
    (
        "publish",
        {"sdp": "v=0", "sources": {"0": "microphone", "1": "camera", "2": "screen", "3": "camera"}},
        "too_large",
    ),
    ("publish", {"sdp": "v=0", "sources": {"0": "recorder"}}, "bad_input"),
    ("subscribed", {"revision": -1, "sdp": "v=0"}, "bad_input"),
    ("trickle", {"direction": "sideways", "candidate": ""}, "bad_input"),
    ("conclude", {"outcome": "won", "terms": "", "reasons": ""}, "bad_input"),
]


@pytest.fixture
async def live(server):
    return server, *await server.live()


async def test_whatever_is_wrong_gets_its_code_and_changes_nothing(live):
    server, mediator, zhou, lin = live
    log, seen = await server.world.log(), (len(mediator.heard), len(lin.heard))
    for event, payload, code in BAD:
        if isinstance(payload, dict) and payload.get("text") == "\ud800":
            continue  # no client of ours can write it; see the raw frames below
        answer = await zhou.ask(event, payload)
        assert (answer.get("error"), isinstance(answer.get("message"), str)) == (code, True), (event, answer)
        await asyncio.sleep(0.03)  # stay under the limit on purpose: this is not the test of the limit
    assert await server.world.log() == log
    assert (len(mediator.heard), len(lin.heard)) == seen
    assert (await zhou.ask("chat", {"text": "正常"}))["ok"]


async def test_a_party_that_plays_the_mediator_is_refused_each_time(live):
    server, mediator, zhou, _ = live
    log, other = await server.world.log(), server.world.ids["lin"]
    deeds = {
        "admit": {"participants": "all"},
        "refuse": {"participant": other, "reason": "r"},
        "remove": {"participant": other, "reason": "r"},
        "verify": {"participant": other, "verified": False},
        "check": {"item": "identity", "done": False},
        "start": {},
        "mute": {"participant": other, "source": "microphone", "locked": True},
        "unlock": {"participant": other, "source": "microphone"},
        "to_lobby": {"participant": other},
        "lock": {"locked": True},
        "suspend": {"reason": "r"},
        "resume": {},
        "open_caucus": {"side": "applicant", "minutes": 5},
        "close_caucus": {},
        "conclude": {"outcome": "continue", "terms": "", "reasons": ""},
    }
    for event, payload in deeds.items():
        assert (await zhou.ask(event, payload))["error"] == "not_permitted", event
    assert await server.world.log() == log
    assert await mediator.ask("open_caucus", deeds["open_caucus"]) == {"ok": True}
    for event in ("close_caucus", "mute", "admit", "conclude"):
        assert (await zhou.ask(event, deeds[event]))["error"] == "not_permitted", event


RAW = [
    '42["chat",{"text":"x","text":"y"}]',
    '42["chat",{"text":NaN}]',
    '42["chat",' + "[" * 30_000 + "]" * 30_000 + "]",
    '42["chat",{"text":"\\ud800"}]',
    "42{}",
    "42[]",
    "42[5]",
    "42",
    '451-["chat",{"_placeholder":true,"num":0}]',
    '45999-["chat"]',
    "46",
    "47",
    "4",
    '42/other,["chat",{}]',
    '42["connect",{}]',
    '42["disconnect","x"]',
    '42["hello",{"__proto__":{"take_over":true}}]',
    "43999[1]",
]


async def raw_socket(session, server, name):
    headers = {"Origin": server.url, "Cookie": await server.cookie(name)}
    url = f"{server.url}/socket.io/?EIO=4&transport=websocket"
    socket = await session.ws_connect(url, headers=headers, max_msg_size=0)
    await socket.receive()
    await socket.send_str("40" + json.dumps({"seat": server.world.ids[name]}))
    await socket.receive()
    return socket


def link_of(server, name):
    """The connection through which somebody sits now."""
    return server.world.room.links.find(server.world.ids[name]).connection


async def test_broken_frames_break_nothing(live):
    server, mediator, _, lin = live
    log, seen = await server.world.log(), (len(mediator.heard), len(lin.heard))
    async with ClientSession() as session:
        for frame in RAW:
            socket = await raw_socket(session, server, "zhou")
            await socket.send_str(frame)
            await socket.send_str('4277["chat",{"text":"x"}]')
            async for message in socket:
                if message.type is not WSMsgType.TEXT or message.data.startswith("4377"):
                    break
            await socket.close()
        socket = await raw_socket(session, server, "zhou")
        await socket.send_bytes(b"\x00" * 100)
        await socket.send_str("9nonsense")
        await socket.close()
    assert await server.world.log() == log
    assert (len(mediator.heard), len(lin.heard)) == seen
    assert (await lin.ask("chat", {"text": "都好"}))["ok"]


async def test_a_frame_beyond_the_limit_ends_that_socket_alone(live):
    server, _, _, lin = live
    async with ClientSession() as session:
        socket = await raw_socket(session, server, "zhou")
        await socket.send_str("42" + json.dumps(["chat", {"text": "x" * 200_000}]))
        while (await socket.receive(timeout=10)).type is WSMsgType.TEXT:
            pass
    assert (await lin.ask("chat", {"text": "都好"}))["ok"]


async def test_a_flood_is_slowed_and_then_cut(live):
    server, mediator, zhou, _ = live
    connection = server.signaling.presence.find(link_of(server, "zhou"))
    transport, answers = connection.request.transport, []
    for _ in range(400):
        await zhou.socket.emit("nothing", {}, callback=answers.append)
    await eventually(transport.is_closing, "the cut")
    assert connection.strikes == 11
    await eventually(lambda: not zhou.socket.connected)
    codes = [answer["error"] for answer in answers]
    assert codes[:50] == ["unknown_event"] * 50
    assert set(codes[50:]) <= {"unknown_event", "too_many"}
    assert (await mediator.ask("lock", {"locked": True}))["ok"]


async def test_a_browser_that_never_reads_is_cut_and_others_notice_nothing(live):
    server, mediator, _, lin = live
    async with ClientSession() as session:
        socket = await raw_socket(session, server, "zhou")
        former = link_of(server, "zhou")
        await socket.send_str('421["hello",{"take_over":true}]')
        await eventually(lambda: link_of(server, "zhou") != former)
        connections, sid = server.signaling.presence, link_of(server, "zhou")
        connection = connections.find(sid)
        socket._response.connection.transport.pause_reading()
        line = {"text": "字" * 4000}

        async def told():
            await connections.emit(sid, "chat", line)
            return connection.queue.overflowed

        await eventually(told, "the overflow")
        assert connection.request.transport is None or connection.request.transport.is_closing()
        assert connection.queue.qsize() <= MAX_WAITING_PACKETS
        assert connection.queue.bytes <= MAX_WAITING_BYTES
        await eventually(lambda: connections.find(sid) is None, "the cut")
        socket._response.connection.transport.abort()
    await eventually(lambda: any(not each["connected"] for each in mediator.view["people"]))
    assert (await lin.ask("chat", {"text": "都好"}))["ok"]


async def test_one_seat_cannot_open_endless_sockets(server):
    for _ in range(8):
        await server.browser("zhou").connect()
    ninth = server.browser("zhou")
    with pytest.raises(NotConnected):
        await ninth.connect()
    assert ninth.told("connect_error")[-1]["data"]["code"] == "too_many"


def test_the_bucket_gives_a_burst_and_then_a_steady_trickle():
    bucket = Bucket(rate=30, burst=60)
    start = bucket._at
    assert [bucket.take(start) for _ in range(61)] == [True] * 60 + [False]
    assert [bucket.take(start + 0.11) for _ in range(4)] == [True, True, True, False]


class Packet:
    def __init__(self, data):
        self.data = data


def test_the_queue_counts_what_waits_and_the_end_always_fits():
    queue = MeasuredQueue()
    for _ in range(MAX_WAITING_PACKETS):
        queue.put_nowait(Packet("x" * 10))
    assert (queue.bytes, queue.overflowed) == (10 * MAX_WAITING_PACKETS, False)
    queue.put_nowait(Packet("x"))
    assert queue.overflowed
    assert queue.qsize() == MAX_WAITING_PACKETS
    queue.put_nowait(None)
    for _ in range(MAX_WAITING_PACKETS + 1):
        queue.get_nowait()
    assert queue.bytes == 0


def test_few_large_packets_overflow_too():
    queue = MeasuredQueue()
    queue.put_nowait(Packet("x" * (MAX_WAITING_BYTES - 1)))
    queue.put_nowait(Packet("xx"))
    assert (queue.qsize(), queue.overflowed) == (1, True)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(MESSAGES)), anything)
def test_no_message_of_any_shape_gets_through_by_accident(event, payload):
    try:
        message = MESSAGES[event].model_validate(payload)
    except ValueError:
        return
    assert set(message.model_dump(exclude_unset=True)) == set(payload)


@settings(max_examples=300)
@given(st.text(max_size=200) | st.binary(max_size=200))
def test_any_frame_is_a_packet_or_malformed(frame):
    packet = StrictPacket(encoded_packet=frame)
    assert packet.packet_type in (0, 1, 2, 3)
    if packet.packet_type == 2:
        assert isinstance(packet.data[0], str)
    assert packet.attachment_count == 0


@pytest.mark.parametrize("text", ['{"a":1,"a":2}', "NaN", "[Infinity]", "[" * 100_000, "{", "1" * 5000])
def test_loose_json_is_no_json(text):
    with pytest.raises(ValueError):  # noqa: PT011 - of whatever words
        StrictJson.loads(text)


def test_malformed_is_no_event_of_ours():
    assert MALFORMED not in MESSAGES
