"""Trusted time stamps: asked for where an authority is named, waiting while it is away, kept as they came."""

import asyncio
import base64
import hashlib

import pytest

from mediation_server.domain.ids import new_id
from mediation_server.domain.recording import Recording, RecordingState
from mediation_server.services.demo_data import SESSION_1
from mediation_server.services.recordings import recording_started, stamp_wanted, stamps_of
from mediation_server.services.stamping import stamp_waiting, stamping, stamps_waiting
from mediation_server.timestamping.authority import AuthorityUnreachable, HttpAuthority
from mediation_server.timestamping.local_authority import LocalAuthority, LocalAuthorityServer
from mediation_server.timestamping.tokens import checked

DIGESTS = [hashlib.sha256(bytes((n,))).hexdigest() for n in range(40)]


@pytest.fixture
async def recording(demo):
    made = Recording(new_id(), SESSION_1, RecordingState.RECORDING, demo.ctx.clock.now())
    await recording_started(demo.ctx, made)
    return made


@pytest.fixture
async def server(demo, tmp_path):
    server = LocalAuthorityServer(await asyncio.to_thread(LocalAuthority, tmp_path / "tsa", demo.ctx.clock))
    await server.start()
    yield server
    await server.close()


@pytest.fixture
async def client(server):
    client = HttpAuthority(server.url)
    yield client
    await client.close()


async def wanted(demo, recording, count):
    demo.ctx.stamping.is_wanted = True
    for n, digest in enumerate(DIGESTS[:count]):
        await stamp_wanted(demo.ctx, recording.id, f"checkpoint:{n + 1}", digest)


async def test_without_an_authority_nothing_waits(demo, recording):
    await stamp_wanted(demo.ctx, recording.id, "checkpoint:1", DIGESTS[0])
    assert await stamps_waiting(demo.ctx) == 0


async def test_what_waits_comes_and_is_kept_as_it_came(demo, recording, server, client):
    await wanted(demo, recording, 3)
    trusted = [server.authority.certificate]
    assert await stamp_waiting(demo.ctx, client, trusted) == 3
    assert await stamps_waiting(demo.ctx) == 0
    for each in await stamps_of(demo.ctx, recording.id):
        said = checked(base64.b64decode(each.token), bytes.fromhex(each.digest), trusted)
        assert said.at == each.stamped_at
    assert await stamp_waiting(demo.ctx, client, trusted) == 0


async def test_asking_for_the_same_twice_changes_nothing(demo, recording, client, server):
    await wanted(demo, recording, 1)
    await stamp_waiting(demo.ctx, client, [server.authority.certificate])
    before = await stamps_of(demo.ctx, recording.id)
    await wanted(demo, recording, 1)
    assert await stamps_of(demo.ctx, recording.id) == before


async def test_an_authority_that_is_away_is_asked_again_and_nothing_is_lost(demo, recording, server, client):
    await wanted(demo, recording, 2)
    server.off = True
    with pytest.raises(AuthorityUnreachable):
        await stamp_waiting(demo.ctx, client, [server.authority.certificate])
    assert await stamps_waiting(demo.ctx) == 2
    server.off = False
    async with stamping(demo.ctx, client, [server.authority.certificate]), asyncio.timeout(10):
        while await stamps_waiting(demo.ctx):  # noqa: ASYNC110 - another task's work, seen only in the database
            await asyncio.sleep(0.02)


async def test_a_token_of_a_stranger_is_not_kept(demo, recording, client, tmp_path):
    stranger = await asyncio.to_thread(LocalAuthority, tmp_path / "other", demo.ctx.clock)
    await wanted(demo, recording, 1)
    with pytest.raises(AuthorityUnreachable, match="token"):
        await stamp_waiting(demo.ctx, client, [stranger.certificate])
    assert await stamps_waiting(demo.ctx) == 1
