import asyncio
import json
import socket
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver

from mediation_server.caseflow.envelope import enveloped
from mediation_server.caseflow.http_json import HttpJsonCourt, court_address
from mediation_server.caseflow.port import CourtUnreachable
from mediation_server.errors import BadInput
from tests.court_world import KEY, always

ASTRAY = [
    "file:///etc/passwd",
    "ftp://court.example/",
    "gopher://court.example:70/_GET",
    "dict://127.0.0.1:11211/",
    "javascript:alert(1)",
    "//court.example/",
    "court.example",
    "/envelopes",
    "https://",
    "https:///path",
    "http://court.example/",
    "http://10.0.0.5/",
    "http://169.254.169.254/",
    "https://169.254.169.254/latest/meta-data/",
    "https://169.254.0.1/",
    "https://[fe80::1]/",
    "https://[fe80::a9fe:a9fe]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[2002:a9fe:a9fe::1]/",
    "https://[2001:0:a9fe:a9fe::1]/",
    "https://[fd00:ec2::254]/",
    "https://100.100.100.200/",
    "https://0.0.0.0/",
    "https://[::]/",
    "http://0.0.0.0:8080/",
    "http://0/",
    "https://0/",
    "https://0x7f.1/",
    "https://0x7f000001/",
    "https://2130706433/",
    "https://017700000001/",
    "https://127.1/",
    "https://2852039166/",
    "https://0xa9fea9fe/",
    "https://0251.0376.0251.0376/",
    "https://169.254.43518/",
    "http://127.1/",
    "http://2130706433/",
    "https://224.0.0.1/",
    "https://239.255.255.250/",
    "https://[ff02::1]/",
    "https://255.255.255.255/",
    "https://240.0.0.1/",
    "https://169.254.169.254./",
    "https://user@court.example/",
    "https://user:password@court.example/",
    "https://court.example@169.254.169.254/",
    "https://court.example/?next=https://evil.example",
    "https://court.example/#fragment",
    "http://localhost.evil.example/",
    "http://127.0.0.1.evil.example/",
    "http://127.0.0.1@evil.example/",
    "http://evil.example#@127.0.0.1/",
    "https://court.example:99999/",
    "https://court.example:port/",
    "unix:///run/court.sock",
    "data:text/html,x",
    "http+unix://court/",
    "wss://court.example/",
    "http://[::ffff:10.0.0.1]/",
    "http://192.168.1.1/",
]


@pytest.mark.parametrize("base", ASTRAY)
def test_an_address_that_could_lead_astray_stops_the_start(base):
    with pytest.raises(BadInput, match="court_url"):
        HttpJsonCourt(base, KEY)


@pytest.mark.parametrize(
    ("base", "address"),
    [
        ("https://court.example", "https://court.example/envelopes"),
        ("https://court.example:8443/caseflow/", "https://court.example:8443/caseflow/envelopes"),
        ("https://10.20.30.40/v1", "https://10.20.30.40/v1/envelopes"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000/envelopes"),
        ("http://localhost:9000", "http://localhost:9000/envelopes"),
        ("http://[::1]:9000", "http://[::1]:9000/envelopes"),
    ],
)
def test_a_court_on_its_own_network_is_no_danger(base, address):
    assert str(court_address(base)) == address


class Turned(AbstractResolver):
    """A name server that answers with an address of the attacker's choice."""

    def __init__(self, address, port):
        self.address, self.port = address, port

    async def resolve(self, host, port=0, family=socket.AF_INET):
        return [{"hostname": host, "host": self.address, "port": self.port, "family": family, "proto": 0, "flags": 0}]

    async def close(self):
        pass


@pytest.fixture
async def envelope(world):
    matter = await world.matter()
    return enveloped(await world.message(matter), matter, sent_at=world.clock.now())


@asynccontextmanager
async def served(handler):
    """A court of this handler; yields its base URL and the paths that were asked for."""
    asked = []

    async def answer(request):
        asked.append(request.path)
        return await handler(request)

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", asked
    finally:
        await runner.cleanup()


@asynccontextmanager
async def adapter(base, **more):
    court = HttpJsonCourt(base, KEY, **more)
    try:
        yield court
    finally:
        await court.close()


@pytest.mark.parametrize("address", ["169.254.169.254", "127.0.0.1", "0.0.0.0", "::1", "fd00:ec2::254"])
async def test_a_name_that_is_turned_to_a_forbidden_address_is_not_connected_to(envelope, address):
    connected = []

    async def accept(_reader, writer):
        connected.append(1)
        writer.close()

    trap = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = trap.sockets[0].getsockname()[1]
    async with trap, adapter(f"https://court.example:{port}", resolver=Turned(address, port)) as court:
        with pytest.raises(CourtUnreachable, match="connection"):
            await court.deliver(envelope)
    assert not connected


async def test_the_same_name_with_an_allowed_address_is_connected_to(envelope):
    """The control of the test above: localhost may be this machine, so the guard and not the set-up refused there."""

    async def refuse(_request):
        return web.Response(status=418)

    async with served(refuse) as (base, _):
        port = int(base.rsplit(":", 1)[1])
        async with adapter(f"http://localhost:{port}", resolver=Turned("127.0.0.1", port)) as court:
            with pytest.raises(CourtUnreachable, match="http_418"):
                await court.deliver(envelope)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(envelope, status):
    async with served(always(200)) as (elsewhere, asked_elsewhere):
        async with served(lambda _: always(status, {"Location": elsewhere + "/x"})(None, None)) as (base, asked):
            async with adapter(base) as court:
                with pytest.raises(CourtUnreachable, match=f"http_{status}"):
                    await court.deliver(envelope)
            assert asked == ["/envelopes"]
        assert asked_elsewhere == []


async def test_an_answer_without_end_is_cut_off(envelope):
    async def endless(request):
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" " * 65536)

    async with served(endless) as (base, _), adapter(base) as court:
        with pytest.raises(CourtUnreachable, match="answer_too_large"):
            await court.deliver(envelope)


@pytest.mark.parametrize(
    "body", [b"", b"ok", b"{}", b'{"answer":"ack"}', b'{"answer":"yes","court_version":1}', b"\xff"]
)
async def test_an_answer_without_a_known_shape_is_no_answer(envelope, body):
    async def babble(_request):
        return web.Response(body=body)

    async with served(babble) as (base, _), adapter(base) as court:
        with pytest.raises(CourtUnreachable, match="answer_shape"):
            await court.deliver(envelope)


@pytest.mark.parametrize("wrong", ["message_id", "payload_sha256"])
async def test_an_answer_to_something_else_is_no_answer(envelope, wrong):
    echo = {"message_id": envelope.message_id, "payload_sha256": envelope.identity.payload_sha256}

    async def confused(_request):
        return web.json_response(echo | {wrong: "0" * 64, "answer": "ack", "court_version": 1})

    async with served(confused) as (base, _), adapter(base) as court:
        with pytest.raises(CourtUnreachable, match="answer_mismatch"):
            await court.deliver(envelope)


async def test_the_wish_of_a_court_that_is_too_busy_is_heard(envelope):
    busy = always(429, {"Retry-After": "120"})
    async with served(lambda request: busy(request, None)) as (base, _), adapter(base) as court:
        with pytest.raises(CourtUnreachable) as unreachable:
            await court.deliver(envelope)
    assert (unreachable.value.reason, unreachable.value.retry_after_s) == ("http_429", 120)


@pytest.mark.parametrize("wish", ["soon", "-1", "٣", "9" * 40, ""])
async def test_a_wish_without_sense_is_not(envelope, wish):
    async def busy(_request):
        return web.Response(status=503, headers={"Retry-After": wish})

    async with served(busy) as (base, _), adapter(base) as court:
        with pytest.raises(CourtUnreachable) as unreachable:
            await court.deliver(envelope)
    assert unreachable.value.retry_after_s is None


async def test_nobody_there_is_said_so(envelope):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        async with adapter(f"http://127.0.0.1:{taken.getsockname()[1]}") as court:
            with pytest.raises(CourtUnreachable, match="connection"):
                await court.deliver(envelope)


async def test_what_is_sent_is_the_signed_envelope_with_its_idempotency_key(envelope):
    seen = {}

    async def look(request):
        seen.update(body=await request.json(), key=request.headers["Idempotency-Key"], method=request.method)
        return web.Response(status=500)

    async with served(look) as (base, _), adapter(base) as court:
        with pytest.raises(CourtUnreachable, match="http_500"):
            await court.deliver(envelope)
    assert seen["method"] == "POST"
    assert seen["key"] == envelope.message_id == seen["body"]["message_id"]
    assert len(seen["body"]["signature"]) == 64
    assert seen["body"] == json.loads(envelope.wire()) | {"signature": seen["body"]["signature"]}


async def test_closing_twice_is_fine(envelope):
    async with served(lambda request: always(500)(request, None)) as (base, _), adapter(base) as court:
        with pytest.raises(CourtUnreachable):
            await court.deliver(envelope)
        await court.close()
